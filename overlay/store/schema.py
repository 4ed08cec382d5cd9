"""The tables, one script per version: what stands on disk, and nothing that reads or writes it.

A script is never changed once released; a new one is added at the end. `PRAGMA user_version` counts them.

Why it is shaped like this:

- Names (creators' rooms, streams, periods, people) are numbers everywhere but in one table each, so that a rename, a
  merge or a forgotten person is one row, however many facts and sums point to it.
- A person's name, handle and picture stand in `person` and nowhere else; bodies of facts hold none.
- `fact_lane` ends, as every index does, with the row number: the last facts of a lane are read off its end, and the
  facts of a lane since a certain number are one range, with ten million others beside them.
- `hour_sum` is what a goal that counts since a moment begins with: hours whole, only the first one fact by fact.
- `draft` holds ticks as they came, `room.entered` up to which tick the other tables have a room (`draft.py`).
- `hour` says which facts belong to which hour. A clock set back only makes such ranges overlap.
"""

from __future__ import annotations

from typing import Final

FIRST: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, body NOT NULL) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE creator (
    id TEXT PRIMARY KEY, place INTEGER NOT NULL, made_ms INTEGER NOT NULL, deleted_ms INTEGER, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE widget (
    id TEXT PRIMARY KEY, place INTEGER NOT NULL, creator TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    theme TEXT NOT NULL, options TEXT NOT NULL, key TEXT NOT NULL UNIQUE,
    made_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, deleted_ms INTEGER
) WITHOUT ROWID;
CREATE TABLE widget_version (
    widget TEXT NOT NULL, version INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    name TEXT NOT NULL, theme TEXT NOT NULL, options TEXT NOT NULL, PRIMARY KEY (widget, version)
) WITHOUT ROWID;
CREATE TABLE dead_key (key TEXT PRIMARY KEY, widget TEXT NOT NULL, died_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE hook_event (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE room (n INTEGER PRIMARY KEY, creator TEXT NOT NULL UNIQUE);
CREATE TABLE person (
    n INTEGER PRIMARY KEY, room INTEGER NOT NULL, key TEXT NOT NULL, who BLOB, seen_ms INTEGER NOT NULL,
    same INTEGER, UNIQUE (room, key)
);
CREATE TABLE stream (
    n INTEGER PRIMARY KEY, room INTEGER NOT NULL, id TEXT NOT NULL, title TEXT,
    began_ms INTEGER NOT NULL, ended_ms INTEGER, ended_by TEXT,
    diamonds INTEGER NOT NULL DEFAULT 0, gifts INTEGER NOT NULL DEFAULT 0, likes INTEGER NOT NULL DEFAULT 0,
    follows INTEGER NOT NULL DEFAULT 0, shares INTEGER NOT NULL DEFAULT 0, subscribes INTEGER NOT NULL DEFAULT 0,
    superfans INTEGER NOT NULL DEFAULT 0, chats INTEGER NOT NULL DEFAULT 0,
    viewers INTEGER, viewers_max INTEGER, same INTEGER, UNIQUE (room, id)
);
CREATE TABLE period (n INTEGER PRIMARY KEY, room INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (room, name));

CREATE TABLE fact (
    seq INTEGER PRIMARY KEY, room INTEGER NOT NULL, lane INTEGER NOT NULL, stream INTEGER, at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL, person INTEGER, body BLOB NOT NULL
);
CREATE INDEX fact_lane ON fact (room, lane);
CREATE TABLE hour (
    room INTEGER NOT NULL, hour INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (room, hour)
) WITHOUT ROWID;

CREATE TABLE hour_sum (
    room INTEGER NOT NULL, hour INTEGER NOT NULL, what TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (room, hour, what)
) WITHOUT ROWID;

CREATE TABLE score (
    period INTEGER NOT NULL, person INTEGER NOT NULL, born INTEGER NOT NULL, diamonds INTEGER NOT NULL,
    gifts INTEGER NOT NULL, likes INTEGER NOT NULL, chats INTEGER NOT NULL, shares INTEGER NOT NULL,
    PRIMARY KEY (period, person)
) WITHOUT ROWID;
CREATE TABLE total (period INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE memory (
    room INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (room, name)
) WITHOUT ROWID;
CREATE TABLE state (
    room INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (room, name)
) WITHOUT ROWID;
CREATE TABLE stage (
    room INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (room, name)
) WITHOUT ROWID;

CREATE TABLE given (
    stream INTEGER NOT NULL, person INTEGER NOT NULL, gift TEXT NOT NULL, name TEXT,
    units INTEGER NOT NULL, diamonds INTEGER NOT NULL, PRIMARY KEY (stream, person, gift)
) WITHOUT ROWID;
CREATE TABLE minute (
    stream INTEGER NOT NULL, minute INTEGER NOT NULL, diamonds INTEGER NOT NULL, gifts INTEGER NOT NULL,
    likes INTEGER NOT NULL, chats INTEGER NOT NULL, follows INTEGER NOT NULL,
    viewers_max INTEGER, viewers_sum INTEGER NOT NULL, viewers_n INTEGER NOT NULL, PRIMARY KEY (stream, minute)
) WITHOUT ROWID;
CREATE TABLE round (
    stream INTEGER NOT NULL, battle TEXT NOT NULL, round TEXT NOT NULL, place INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (stream, battle, round)
) WITHOUT ROWID;
CREATE TABLE line (
    stream INTEGER NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (stream, id)
) WITHOUT ROWID;
"""

DRAFT: Final = """
CREATE TABLE draft (tick INTEGER PRIMARY KEY, body BLOB NOT NULL);
ALTER TABLE room ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;
"""

MIGRATIONS: Final[tuple[str, ...]] = (FIRST, DRAFT)
"""Script n brings the tables from version n to n + 1."""

SETTINGS_TABLES: Final = ("setting", "secret", "creator", "widget", "widget_version", "dead_key")
"""What cannot be counted again and changes rarely: kept in a small backup of its own after every change."""

LANES: Final[dict[str, int]] = {
    "life": 0,
    "gifts": 1,
    "deeds": 2,
    "talk": 3,
    "battle": 4,
    "speech": 5,
    "crowd": 6,
}
"""Numbers of the lanes on disk: never to be changed."""
