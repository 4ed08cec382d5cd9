"""Opening one WebSocket to TikTool, and saying how it ended. The only place where a socket's address is built.

No redirect is followed, nothing is sent unencrypted beyond this machine, and no error text holds the key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import cast
from urllib.parse import quote, urlsplit

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.protocol import State

from overlay.core.endings import Ending
from overlay.core.replies import epoch_ms, said, whole
from overlay.trust import trusted, what_failed
from overlay.upstream.ear import Ear
from overlay.upstream.masking import Masking
from overlay.upstream.rest import is_loopback, is_safe
from overlay.upstream.settings import Timing

WIRE = logging.getLogger("overlay.upstream.wire")
"""What the socket library logs. At DEBUG it would be every frame, so it keeps to warnings whatever the others do."""
WIRE.setLevel(logging.WARNING)
MAX_FRAME = 10 * 1024 * 1024


class Refused(Exception):
    """No connection came about."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


class _Dial(connect):
    """A connection attempt that goes nowhere but where it was sent."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def address(base: str, path: str, key: str, **params: str) -> str:
    """The address of a socket, key and all: for the library alone."""
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in params.items())
    return f"{base.rstrip('/')}{path}?{query}&apiKey={quote(key, safe='')}"


async def dial(where: str, *, timing: Timing, masking: Masking, now_ms: Callable[[], int], express: bool = True) -> Ear:
    """An open socket, or `Refused`. Long, because every way to fail is named."""
    if not is_safe(where):
        raise Refused(Ending(code=4400, reason="the key is only sent over wss"))
    try:
        connection = await _Dial(
            where,
            create_connection=partial(Ear, express=express),  # type: ignore[arg-type]  # it is only called
            compression=None,
            open_timeout=timing.connect_s,
            ping_interval=timing.ping_s,
            ping_timeout=timing.ping_s,
            close_timeout=timing.closing_s,
            max_size=MAX_FRAME,
            proxy=None if is_loopback(where) else True,
            ssl=trusted() if urlsplit(where).scheme == "wss" else None,
            user_agent_header="overlay-server",
            logger=WIRE,
        )
        return cast("Ear", connection)
    except InvalidStatus as refused:
        response = refused.response
        told = {name.lower(): value for name, value in response.headers.raw_items()}
        after = whole(told.get("retry-after"))
        reset = epoch_ms(told.get("x-ratelimit-reset"))
        raise Refused(
            Ending(
                status=response.status_code,
                reason=masking.text(_body_text(response.status_code, response.body)),
                reset_ms=max(filter(None, (reset, now_ms() + after * 1000 if after else None)), default=None),
            )
        ) from None
    except TimeoutError:
        raise Refused(Ending(reason="no answer in time")) from None
    except (OSError, WebSocketException, EOFError, ValueError, OverflowError) as error:
        raise Refused(Ending(reason=masking.text(what_failed(error)))) from None


def _body_text(status: int, body: bytes | bytearray | None) -> str:
    """What a refused handshake says for people."""
    raw = bytes(body or b"")[:4096]
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = raw.decode("utf-8", "replace").strip()
        return text[:200] if text and not text.startswith("<") else said(status, None)
    return said(status, document)


def ending_of(closed: ConnectionClosed) -> tuple[int, str]:
    """Code and reason as TikTool gave them; 1006 without a close frame, ours where we broke off."""
    if closed.rcvd is not None:
        return closed.rcvd.code, closed.rcvd.reason
    if closed.sent is not None and closed.sent.code != 1000:
        return closed.sent.code, closed.sent.reason
    return 1006, ""


async def hang_up(connection: Ear, timing: Timing) -> None:
    """Closes with 1000, and without an answer, or without the time for one, cuts the line."""
    try:
        async with asyncio.timeout(timing.closing_s):
            await connection.close(1000)
    except TimeoutError:
        pass
    finally:
        if connection.state is not State.CLOSED:
            connection.transport.abort()
