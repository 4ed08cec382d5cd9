"""Bringing the tables of an older program up to date, with a backup first. All or nothing."""

from __future__ import annotations

import secrets
import sqlite3
from typing import TYPE_CHECKING

from overlay.store.db import Refused
from overlay.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def version(db: sqlite3.Connection) -> int:
    """Which version the tables have; 0 is an empty file."""
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def migrate(db: sqlite3.Connection, before: Callable[[int], None], scripts: Sequence[str] = MIGRATIONS) -> None:
    """Run what is missing, in one transaction; `before` makes the backup and is told the old version."""
    old = version(db)
    if old == len(scripts):
        return
    if old > len(scripts):
        raise Refused("The database was written by a newer version of this program: install that one again.")
    if old:
        before(old)
    try:
        db.execute("BEGIN IMMEDIATE")
        for script in scripts[old:]:
            for statement in _statements(script):
                db.execute(statement)
        db.execute(f"PRAGMA user_version={len(scripts):d}")
        if not old:
            db.execute("INSERT INTO meta VALUES ('id', ?), ('tick', 0), ('run', '')", (secrets.token_hex(8),))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    """One by one, because `executescript` would commit half of a migration."""
    found, rest = [], ""
    for part in script.split(";"):
        rest += part + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return [statement for statement in found if statement.strip(" \n;")]
