"""The people of a battle as a view shows them: hosts, givers, players of cards.

Names come as delivered and are cleaned here; pictures are ours or none. A giver who hides is never recognised by an id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overlay.core.people import User
from overlay.core.text import clean_name, show_name

if TYPE_CHECKING:
    from msgspec import Raw

    from overlay.core.events import Contributor, Person
    from overlay.core.facts import Who
    from overlay.core.fight_match import HostRow
    from overlay.core.scene import Scene

OPPONENT: Final = "Opponent"


def host(row: HostRow, names: dict[str, Person], scene: Scene) -> Raw:
    """Return a host: named by the frame, else by linkMic, else as the creator or as the opponent."""
    told = names.get(row.id)
    known = _known(row.id, scene)
    own = row.id == scene.owner_id
    handle = row.handle or (told.handle if told else None) or (known.handle if known else None)
    handle = handle or (scene.handle if own else None)
    nickname = row.name or (told.nickname if told else None) or (known.name if known else None)
    avatar = row.avatar or (told.avatar if told else None) or (known.avatar if known else None)
    level = told.level if told else None
    known_by = (row.id, handle, nickname, avatar, level)
    return scene.told(("host", *known_by), lambda: _host(row, handle, nickname, avatar, level, scene))


def _host(
    row: HostRow, handle: str | None, nickname: str | None, avatar: str | None, level: int | None, scene: Scene
) -> User:
    handle = clean_name(handle) or None
    name = show_name(nickname, handle) if nickname or handle else OPPONENT
    key = _weaker(handle, name) if row.is_placed and (nickname or handle) else row.id
    return User(key, handle, name, scene.image(avatar), level, anonymous=False)


def giver(one: Contributor, scene: Scene) -> Raw:
    """Return a giver, by the name on the frame; known people lend their picture only if they go by that name."""
    known = _known(one.id, scene)
    lent = () if known is None else (known.name, known.handle, known.avatar, known.level)
    known_by = ("giver", one.id, one.name, one.handle, one.avatar, *lent)
    return scene.told(known_by, lambda: _giver(one, known, scene))


def _giver(one: Contributor, known: Who | None, scene: Scene) -> User:
    name = show_name(one.name, one.handle)
    if known is not None and one.name and known.name != name:
        known = None
    return User(
        id=one.id or _weaker(one.handle, name),
        handle=one.handle or (known.handle if known else None),
        name=known.name if known and not (one.name or one.handle) else name,
        avatar=scene.image(one.avatar or (known.avatar if known else None)),
        level=known.level if known else None,
        anonymous=False,
    )


def player(person: Person | None, scene: Scene) -> Raw | None:
    """Return who has played a card."""
    if person is None:
        return None
    known_by = (person.id, person.handle, person.nickname, person.avatar, person.level, person.anonymous)
    return scene.told(("player", *known_by), lambda: _player(person, scene))


def _player(person: Person, scene: Scene) -> User:
    name = show_name(person.nickname, person.handle)
    image = None if person.anonymous else scene.image(person.avatar)
    return User(
        id=person.id or _weaker(person.handle, name),
        handle=None if person.anonymous else person.handle,
        name=name,
        avatar=image,
        level=person.level,
        anonymous=person.anonymous,
    )


def _weaker(handle: str | None, name: str) -> str:
    """Without an id: the ledger's weaker key, so that a script finds the same person on the boards."""
    return f"handle:{handle.lower()}" if handle else f"name:{name}"


def _known(key: str | None, scene: Scene) -> Who | None:
    return scene.people.by_key(f"id:{key}") if key else None
