"""A judgement of every HTTP answer of TikTool: content, or what kind of no, with a text for people.

What the content means stands in `answers.py`, what to do about a no in the upstream. Nothing is asked here.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from overlay.core.budget import DAY_MS
from overlay.core.liveness import signed, truth

Outcome = Literal[
    "ok", "same", "signed", "not_live", "parameters", "key", "tier", "missing", "rate", "server", "refused", "network"
]
"""What came of a request. `refused`: TikTool said no in a way of its own (HTTP 200 with a code, 405 …); `same`:
what was got before is still so."""

RATE_MIN_MS = 60_000
TIER_MS = DAY_MS
MISSING_MS = 600_000
SERVER_S = (2, 4, 8, 16, 32, 60)
TEXT_CAP = 300


class Reply(Struct, frozen=True, kw_only=True):
    """An answer, judged. `body` is the whole document; `text` is for people; `until_ms` is when asking makes sense."""

    outcome: Outcome
    status: int = 0
    body: Any = None
    text: str = ""
    until_ms: int | None = None
    limit: int | None = None
    remaining: int | None = None
    reset_ms: int | None = None
    etag: str | None = None

    @property
    def ok(self) -> bool:
        """Whether there is content."""
        return self.outcome == "ok"

    @property
    def data(self) -> Any:
        """The `data` part of a good answer, else None."""
        return self.body.get("data") if self.ok and isinstance(self.body, dict) else None

    @property
    def sample(self) -> bool:
        """Whether the content is TikTool's example, never to be shown as real."""
        return isinstance(self.body, dict) and is_sample(self.body)


def is_sample(body: dict[str, Any]) -> bool:
    """Whether an answer is a fixed sample."""
    return truth(body.get("is_sample")) is True or body.get("source") == "sample"


def whole(value: Any) -> int | None:
    """A number as delivered: integer, float or digits; booleans and all else are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value) if abs(value) < 1e18 else None
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 19:
        return int(value)
    return None


def number(value: Any) -> float | None:
    """A figure that may have a fraction."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        figure = float(value)
    except ValueError:
        return None
    return figure if abs(figure) < 1e15 else None


def word(value: Any) -> str | None:
    """A text as delivered, or None; numbers become their digits."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, str)):
        return str(value) or None
    return None


def epoch_ms(value: Any) -> int | None:
    """A time as delivered: above 10¹¹ milliseconds, else seconds."""
    figure = number(value)
    if figure is None or figure <= 0:
        return None
    return int(figure) if figure > 1e11 else int(figure * 1000)


def judge(status: int, headers: dict[str, str], raw: bytes, now_ms: int, *, site: bool = False) -> Reply:
    """The judgement of one answer. Header names are lower case; in a body of the `site` status_code is no verdict."""
    try:
        body = msgspec.json.decode(raw)
        readable = True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body, readable = None, False
    code = whole(body.get("status_code")) if isinstance(body, dict) and not site else None
    outcome = _outcome(status, body, code, readable=readable)
    if site and outcome == "key":
        outcome = "tier"  # the website may want a login where the data API is content with the key
    reset = epoch_ms(headers.get("x-ratelimit-reset"))
    return Reply(
        outcome=outcome,
        status=status,
        body=body,
        text="" if outcome in {"ok", "same"} else said(status, body),
        until_ms=_until(outcome, reset, headers, now_ms),
        limit=whole(headers.get("x-ratelimit-limit")),
        remaining=whole(headers.get("x-ratelimit-remaining")),
        reset_ms=reset,
        etag=headers.get("etag"),
    )


def _outcome(status: int, body: Any, code: int | None, *, readable: bool) -> Outcome:
    outcome: Outcome
    match status:
        case 304:
            outcome = "same"
        case 400:
            outcome = "not_live" if _says_not_live(body) else "parameters"
        case 401:
            outcome = "key"
        case 403:
            outcome = "tier"
        case 404:
            outcome = "missing"
        case 429:
            outcome = "rate"
        case _ if status >= 500:
            outcome = "server"
        case _ if 200 <= status < 300:
            outcome = _good(body, code, readable=readable)
        case _:
            outcome = "refused"
    return outcome


def _good(body: Any, code: int | None, *, readable: bool) -> Outcome:
    """HTTP says yes; the body may say otherwise."""
    if not readable:
        return "server"
    if signed(body) or (isinstance(body, dict) and signed(body.get("data"))):
        return "signed"
    if code is None or code == 0:
        failed = isinstance(body, dict) and code is None and body.get("error") and len(body) == 1
        return "refused" if failed else "ok"
    by_code: dict[int, Outcome] = {401: "key", 403: "tier", 404: "missing", 429: "rate"}
    return by_code.get(code, "server" if 500 <= code < 600 else "refused")


def _says_not_live(body: Any) -> bool:
    """Whether a 400 says "user is not currently live", "creator_not_live" or the like."""
    text = said(400, body).casefold().replace("_", " ")
    return "not live" in text or "not currently live" in text


def said(status: int, body: Any) -> str:
    """The text for people: message, else error, else error.message, else the HTTP status."""
    if isinstance(body, dict):
        error = body.get("error")
        nested = error.get("message") if isinstance(error, dict) else None
        for text in (body.get("message"), error, nested):
            if isinstance(text, str) and text.strip():
                return text.strip()[:TEXT_CAP]
    return f"TikTool answered {status}"


def after_ms(headers: dict[str, str], now_ms: int) -> int | None:
    """When `Retry-After` says to come again, in seconds or as a date; never more than a day away."""
    told = headers.get("retry-after", "").strip()
    seconds = whole(told)
    if seconds is not None:
        return now_ms + min(max(0, seconds) * 1000, DAY_MS)
    try:
        at_ms = int(parsedate_to_datetime(told).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(now_ms, at_ms), now_ms + DAY_MS)


def _until(outcome: Outcome, reset: int | None, headers: dict[str, str], now_ms: int) -> int | None:
    """When asking again makes sense, where the answer itself decides that."""
    match outcome:
        case "rate":
            told = [at for at in (reset, after_ms(headers, now_ms)) if at is not None]
            return max(now_ms + RATE_MIN_MS, min(max(told, default=0), now_ms + DAY_MS + MISSING_MS))
        case "server":
            return after_ms(headers, now_ms)
        case "tier":
            return now_ms + TIER_MS
        case "missing":
            return now_ms + MISSING_MS
        case _:
            return None
