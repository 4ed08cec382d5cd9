"""Who may use the studio and the API: the header rule, the password, sessions, bearer tokens, and guesses counted.

Everything is asked before any handler runs. Secrets are kept only as hashes; nothing here is ever logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from msgspec import Struct, field

from overlay.web.guesses import Guesses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from overlay.clock import Clock
    from overlay.config import Secret

IDLE_MS: Final = 14 * 86_400_000
ABSOLUTE_MS: Final = 60 * 86_400_000
SEEN_EVERY_MS: Final = 60_000
FRESH_MS: Final = 15 * 60_000
"""How long a typed password lets its session replace keys without being asked again."""
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SAFE_HOSTS: Final = ("127.0.0.1", "[::1]", "localhost")


class Session(Struct):
    """A signed-in browser, known by the hash of its cookie."""

    mark: str
    began_ms: int
    seen_ms: int
    typed_ms: int = 0  # when the password was typed last


class Token(Struct):
    """A bearer token, known by its hash. Shown once, when it is made."""

    id: str
    name: str
    mark: str
    made_ms: int
    used_ms: int | None = None
    scope: Literal["full", "read"] = "full"


class Kept(Struct):
    """What access keeps on disk."""

    password: str | None = None
    sessions: list[Session] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)


class Refusal(Struct, frozen=True):
    """Why a request is not served."""

    status: int
    code: str
    sentence: str


def mark_of(text: str) -> str:
    """The hash by which a random secret is known again."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_loopback(address: str) -> bool:
    """Whether a client's address is this very machine."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return ip.is_loopback or (mapped is not None and mapped.is_loopback)


class Access:
    """One server's keys to its own door."""

    def __init__(
        self,
        clock: Clock,
        install: str,
        told: Secret | None,
        kept: Kept,
        keep: Callable[[Kept], Awaitable[None]],
    ) -> None:
        """`told` is the password of the environment; it is stronger than the one on the settings page."""
        self._clock = clock
        self.cookie = cookie_of(install)
        self._told = told
        self._kept = kept
        self._keep = keep
        self._hasher = PasswordHasher()
        self._guesses = Guesses(clock)

    async def know_anew(self, install: str | None, kept: str | None, *, exposed: bool) -> None:
        """What a restore or an import brought: from now on its password, sessions and tokens are the ones that count.

        Only where others can reach this server and nothing brought has a password, the present one stays.
        """
        if install:
            self.cookie = cookie_of(install)
        brought = Kept() if kept is None else msgspec.json.decode(kept, type=Kept)
        stays = exposed and self._told is None and brought.password is None
        if stays:
            brought.password = self._kept.password
        self._kept = brought
        if stays:
            await self._keep(brought)

    # --- the password ---

    @property
    def has_password(self) -> bool:
        """Whether a password stands before the studio."""
        return self._told is not None or self._kept.password is not None

    @property
    def from_environment(self) -> bool:
        """Whether the password comes from outside, so that the settings page cannot change it."""
        return self._told is not None

    async def set_password(self, password: str | None) -> None:
        """A new password, or none; everybody is signed out."""
        self._kept.password = None if password is None else await asyncio.to_thread(self._hasher.hash, password)
        self._kept.sessions = []
        await self._keep(self._kept)

    async def is_password(self, guess: str) -> bool:
        """Whether this is the password."""
        if self._told is not None:
            return hmac.compare_digest(self._told.reveal().encode(), guess.encode())
        if self._kept.password is None:
            return False
        try:
            return await asyncio.to_thread(self._hasher.verify, self._kept.password, guess)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    def wait_ms(self, address: str) -> int:
        """How long this address must wait before its next guess; 0 if it may guess now."""
        return self._guesses.wait_ms(address, near=is_loopback(address))

    async def sign_in(self, guess: str, address: str) -> str | None:
        """A new session's cookie, or None for a wrong password."""
        self._guesses.fail(address)
        if not await self.is_password(guess):
            return None
        self._guesses.forgive(address)
        cookie, now_ms = secrets.token_urlsafe(32), self._clock.now_ms()
        self._drop_old(now_ms)
        self._kept.sessions.append(Session(mark_of(cookie), now_ms, now_ms, now_ms))
        await self._keep(self._kept)
        return cookie

    def is_fresh(self, cookie: str | None) -> bool:
        """Whether this session's password was typed lately enough to replace keys."""
        mark, now_ms = mark_of(cookie or ""), self._clock.now_ms()
        known = [one for one in self._kept.sessions if hmac.compare_digest(one.mark, mark)]
        return any(now_ms - one.typed_ms < FRESH_MS for one in known)

    async def confirm(self, guess: str, cookie: str | None, address: str) -> bool:
        """The password once more in a running session; a wrong one counts like a failed sign-in."""
        self._guesses.fail(address)
        if not await self.is_password(guess):
            return False
        self._guesses.forgive(address)
        mark, now_ms = mark_of(cookie or ""), self._clock.now_ms()
        for one in self._kept.sessions:
            if hmac.compare_digest(one.mark, mark):
                one.typed_ms = now_ms
        await self._keep(self._kept)
        return True

    async def sign_out(self, cookie: str | None) -> None:
        """End one session, or all of them."""
        mark = None if cookie is None else mark_of(cookie)
        self._kept.sessions = [one for one in self._kept.sessions if mark is not None and one.mark != mark]
        await self._keep(self._kept)

    def _drop_old(self, now_ms: int) -> None:
        self._kept.sessions = [
            one for one in self._kept.sessions if now_ms - one.seen_ms < IDLE_MS and now_ms - one.began_ms < ABSOLUTE_MS
        ][-100:]

    def is_signed_in(self, cookie: str | None) -> bool:
        """Whether a cookie belongs to a running session."""
        if not cookie:
            return False
        mark, now_ms = mark_of(cookie), self._clock.now_ms()
        for one in self._kept.sessions:
            if hmac.compare_digest(one.mark, mark):
                if now_ms - one.seen_ms >= IDLE_MS or now_ms - one.began_ms >= ABSOLUTE_MS:
                    return False
                if now_ms - one.seen_ms > SEEN_EVERY_MS:
                    one.seen_ms = now_ms
                return True
        return False

    # --- tokens ---

    def tokens(self) -> list[Token]:
        """All tokens; what they are is not kept."""
        return list(self._kept.tokens)

    async def make_token(self, name: str, scope: Literal["full", "read"] = "full") -> str:
        """A new bearer token: this is the only time it is seen. One of scope `read` changes nothing."""
        token = f"ovl_{secrets.token_urlsafe(32)}"
        now_ms = self._clock.now_ms()
        self._kept.tokens.append(Token(secrets.token_hex(6), name[:100], mark_of(token), now_ms, scope=scope))
        await self._keep(self._kept)
        return token

    async def drop_token(self, token: str) -> bool:
        """A token stops; by its id."""
        before = len(self._kept.tokens)
        self._kept.tokens = [one for one in self._kept.tokens if one.id != token]
        await self._keep(self._kept)
        return len(self._kept.tokens) != before

    def token_of(self, authorization: str) -> Token | None:
        """The token that a request shows, if it is one of ours."""
        mark = mark_of(authorization[7:].strip())
        for one in self._kept.tokens:
            if hmac.compare_digest(one.mark, mark):
                one.used_ms = self._clock.now_ms()
                return one
        return None

    # --- a request ---

    def judge(  # noqa: C901, PLR0911  a table of refusals reads best as one
        self, method: str, headers: Mapping[str, str], cookies: Mapping[str, str], address: str, *, open_to_all: bool
    ) -> Refusal | None:
        """None if the request may go on. `open_to_all` is the sign-in page itself. Long, because it is one table."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        browser = site is not None or origin is not None
        carries_cookie = bool(headers.get("cookie", "").strip())  # also one that nobody can read
        if method not in READING:
            if site is not None and site != "same-origin":
                return Refusal(403, "cross_site", "This request comes from another site.")
            if origin is not None and not self._is_ours(origin, headers.get("host", "")):
                return Refusal(403, "origin", "This request comes from another origin.")
        if not self.has_password:
            if not is_loopback(address):
                return Refusal(403, "loopback", "Without a password only this machine is served.")
            if method not in READING and not browser and carries_cookie:
                return Refusal(403, "cookie", "A request without Origin must not carry a cookie.")
            return None
        if open_to_all:
            return None
        bearer = headers.get("authorization", "")
        if bearer[:7].lower() == "bearer ":
            token = self.token_of(bearer)
            if token is None:
                return Refusal(401, "token", "This token is not known.")
            if method not in READING and token.scope == "read":
                return Refusal(403, "read_only", "This token may only read.")
            if method not in READING and not browser and carries_cookie:
                return Refusal(403, "cookie", "A request with a token must not carry a cookie.")
            return None
        if method not in READING and not browser:
            return Refusal(401, "token", "A request without Origin needs a bearer token.")
        if not self.is_signed_in(cookies.get(self.cookie)):
            return Refusal(401, "sign_in", "Sign in first.")
        return None

    def _is_ours(self, origin: str, host: str) -> bool:
        host = host.lower()
        if origin == f"http://{host}":
            return True
        # a proxy of ours ends TLS: then the page's origin is https and the Host is one that we allow by name
        return origin == f"https://{host}" and not host.startswith(SAFE_HOSTS)


def cookie_of(install: str) -> str:
    """The session cookie's name: another one for each installation on a machine."""
    return f"overlay_{install[:12]}"


def cookie_settings() -> dict[str, Any]:
    """How the session's cookie is set."""
    return {"httponly": True, "samesite": "Strict", "path": "/", "max_age": ABSOLUTE_MS // 1000}
