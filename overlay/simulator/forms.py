"""Other accepted forms of the same frame: envelopes without data, ids as numbers, numbers as text, old field names.

Each form says the same as the documented one; none changes what is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.simulator.stage import Frame

OLD_NAMES = {"emoteChat": "emote", "question": "questionNew", "roomUserSeq": "roomUser"}


def flat(frame: Frame) -> Frame:
    """Leave out data: the fields stand beside the event."""
    return {"event": frame["event"], **{key: value for key, value in frame["data"].items() if key != "type"}}


def by_type(frame: Frame) -> Frame:
    """Leave out event: the type names the frame."""
    return dict(frame["data"])


def with_extras(frame: Frame) -> Frame:
    """Add raw, numbered fields that nobody has named yet."""
    return frame | {"data": frame["data"] | {"extras": {"17": 4, "21": "x"}, "futureField": [1, {"a": None}]}}


def drifted(frame: Frame) -> Frame:
    """Let types drift: ids as integers, counters as text, booleans as 0 and 1."""
    data = {key: _drift(key, value) for key, value in frame["data"].items()}
    return frame | {"data": data}


def _drift(key: str, value: Any) -> Any:
    """Let one value drift."""
    if isinstance(value, bool):
        return int(value)
    if key in {"repeatCount", "likeCount", "viewerCount", "totalViewers", "diamondCount"} and isinstance(value, int):
        return str(value)
    if key == "giftId":
        return str(value)
    if key == "senderUserId" and isinstance(value, str) and value.isdigit():
        return int(value)
    if key == "user" and isinstance(value, dict) and str(value.get("id", "")).isdigit():
        return value | {"id": int(value["id"])}
    return value


def old_user(frame: Frame) -> Frame:
    """Write the user as older texts do: userId, profilePicture, payGrade, badges as plain strings."""
    user = frame["data"].get("user")
    if not isinstance(user, dict) or "id" not in user:
        return frame
    old: Frame = {"userId": user["id"], "uniqueId": user["uniqueId"], "nickname": user["nickname"]}
    old["profilePicture"] = user.get("profilePictureUrl")
    if user.get("isAnonymous"):
        old["isAnonymous"] = True
    if "level" in user:
        old |= {"payGrade": user["level"], "badges": [str(user["level"])]}
    return frame | {"data": frame["data"] | {"user": old}}


def old_name(frame: Frame) -> Frame:
    """Call the event by its older name, and the like total too."""
    data = dict(frame["data"])
    if "totalLikes" in data:
        data["totalLikeCount"] = data.pop("totalLikes")
    name = OLD_NAMES.get(frame["event"], frame["event"])
    return {"event": name, "data": data | {"type": name}}


FORMS: tuple[Callable[[Frame], Frame], ...] = (flat, by_type, with_extras, drifted, old_user, old_name)
