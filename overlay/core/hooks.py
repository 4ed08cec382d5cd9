"""TikTool's go-live webhooks: whether a delivery is authentic and fresh, what it says, and TikTool's list of them.

The signature is checked on the raw bytes, before anything is parsed, in every form the documents describe. Nothing
here answers, remembers or trusts: an authentic delivery is only a reason to ask.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from overlay.core.liveness import plain_handle, truth
from overlay.core.replies import Reply, whole, word

FRESH_S = 300
RETRIED_S = 8 * 3600
BODY_CAP = 65_536
HEX = re.compile(r"[0-9a-f]{64}")

Form = Literal["A", "B", "C"]
"""A: over the body. B: `t=,v1=` over time and body. C: bare hex over time and body."""


class Announcement(Struct, frozen=True, kw_only=True):
    """What a delivery says."""

    event_id: str
    event: str
    handle: str | None = None
    room_id: str | None = None
    test: bool = False


class Verdict(Struct, frozen=True, kw_only=True):
    """The HTTP status to answer with, and what was announced if it is authentic."""

    status: int
    form: Form | None = None
    said: Announcement | None = None


class _Signature(Struct, frozen=True):
    """What the signature header holds."""

    candidates: tuple[str, ...]
    time: str | None
    listed: bool


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: float) -> Verdict:
    """The judgement of one delivery."""
    if len(body) > BODY_CAP:
        return Verdict(status=413)
    told = {name.lower(): value for name, value in headers.items()}
    signature = _read_signature(told)
    form = next((found for secret in secrets if secret and (found := _form(secret, signature, body))), None)
    if form is None:
        return Verdict(status=401)
    if form != "A" and not _fresh(signature.time, told.get("x-tiktool-attempt"), now_s):
        return Verdict(status=400, form=form)
    said = _read_body(body)
    return Verdict(status=200 if said is not None else 400, form=form, said=said)


def _read_signature(headers: Mapping[str, str]) -> _Signature:
    """Every v1 value and t; or the bare text and the time of its own header."""
    text = headers.get("x-tiktool-signature", "").strip()
    if "v1=" in text:
        parts = [part.strip().partition("=") for part in text.split(",")]
        times = [value.strip() for name, _, value in parts if name.strip() == "t"]
        found = tuple(value.strip().lower() for name, _, value in parts if name.strip() == "v1")
        return _Signature(found, times[0] if times else None, listed=True)
    bare = text.removeprefix("sha256=").strip().lower()
    return _Signature((bare,), headers.get("x-tiktool-timestamp", "").strip() or None, listed=False)


def _form(secret: str, signature: _Signature, body: bytes) -> Form | None:
    """Which form one of the candidates is authentic in. Every comparison takes the same time."""
    key = secret.encode()
    plain = hmac.new(key, body, hashlib.sha256).hexdigest()
    time = (signature.time or "").encode("utf-8", "replace")
    timed = hmac.new(key, time + b"." + body, hashlib.sha256).hexdigest()
    form: Form | None = None
    for candidate in signature.candidates:
        if not HEX.fullmatch(candidate):
            continue
        if hmac.compare_digest(candidate, plain):
            form = form or "A"
        if hmac.compare_digest(candidate, timed) and signature.time is not None:
            form = "B" if signature.listed else "C"
    return form


def _fresh(time: str | None, attempt: str | None, now_s: float) -> bool:
    """Whether a signed time is young enough; a retry may carry the time of the first attempt."""
    if time is None or not time.isascii() or not time.isdigit() or len(time) > 15:
        return False
    signed_s = int(time) / 1000 if len(time) > 11 else int(time)
    age = now_s - signed_s
    if (whole(attempt) or 1) <= 1:
        return abs(age) <= FRESH_S
    return -FRESH_S <= age <= RETRIED_S


def _read_body(body: bytes) -> Announcement | None:
    """What an authentic body says; only its event and its id are needed."""
    try:
        document: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    event_id, event = word(document.get("event_id")), word(document.get("event"))
    if event_id is None or event is None:
        return None
    creator, live = document.get("creator"), document.get("live")
    handle = word(creator.get("unique_id")) if isinstance(creator, dict) else None
    return Announcement(
        event_id=event_id,
        event=event,
        handle=plain_handle(handle) if handle else None,
        room_id=word(live.get("room_id")) if isinstance(live, dict) else None,
        test=truth(document.get("is_test")) is True,
    )


class Webhook(Struct, frozen=True, kw_only=True):
    """A webhook at TikTool. `secret` is there once, when it was made."""

    id: str
    target_url: str | None = None
    event_types: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    active: bool | None = None
    secret: str | None = None
    deliveries_today: int | None = None
    last_status: int | None = None
    fail_streak: int | None = None


def webhook(body: Any) -> Webhook | None:
    """One webhook, from its making or from the list."""
    name = word(body.get("id")) if isinstance(body, dict) else None
    if name is None:
        return None
    return Webhook(
        id=name,
        target_url=word(body.get("target_url")),
        event_types=_words(body.get("event_types")),
        creators=_words(body.get("creators")),
        active=truth(body.get("active")),
        secret=word(body.get("secret")),
        deliveries_today=whole(body.get("deliveries_today")),
        last_status=whole(body.get("last_status")),
        fail_streak=whole(body.get("fail_streak")),
    )


def webhooks(reply: Reply) -> list[Webhook] | None:
    """The list of webhooks."""
    if not reply.ok or not isinstance(reply.body, dict):
        return None
    inside = reply.data if isinstance(reply.data, dict) else reply.body
    rows = inside.get("webhooks")
    if not isinstance(rows, list):
        return None
    return [found for row in rows if (found := webhook(row)) is not None]


def _words(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


class Tested(Struct, frozen=True, kw_only=True):
    """What a webhook's test delivery came to."""

    delivered: bool
    status_code: int | None = None


def tested(reply: Reply) -> Tested | None:
    """The answer of a webhook test: its `status_code` is the target's, not TikTool's."""
    if not reply.ok or not isinstance(reply.body, dict):
        return None
    return Tested(
        delivered=truth(reply.body.get("delivered")) is True, status_code=whole(reply.body.get("status_code"))
    )
