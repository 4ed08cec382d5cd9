"""What boards need of others, as shapes: a key's account at TikTool, a place on disk, and what came of a question.

Nothing happens here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from overlay.core.answers import Profile
    from overlay.core.budget import Limits
    from overlay.core.places import Ranks, Sales
    from overlay.core.replies import Reply
    from overlay.core.wishes import SalesWish, Wish


Side = Literal["tiktool", "simulator"]
"""Which TikTool a creator belongs to."""


class Want(Struct, frozen=True, kw_only=True):
    """A board that a page shows: of which creator, on which side (TikTool or the simulator)."""

    creator: str
    handle: str
    source: Side
    wish: Wish | SalesWish
    room: Any = None  # whose memory ends when it is made anew

    @property
    def pair(self) -> tuple[str, str]:
        """Who shows it: the creator, and the name of the wish."""
        return self.creator, self.wish.name


class Trouble(Struct, frozen=True, kw_only=True):
    """Why a board did not come: a sentence, and until when asking again makes no sense."""

    text: str
    until_ms: int | None = None
    spelling: bool = False  # another spelling of the region may help


class Asking(Protocol):
    """The REST client of a key, shared with everybody who asks by that key."""

    @property
    def stopped(self) -> str | None:
        """Why the key may not be used any more."""

    def available(self, path: str) -> bool:
        """Whether the key's plan is not known to lack this."""

    @property
    def limit(self) -> int | None:
        """Requests per minute."""

    @property
    def remaining(self) -> int | None:
        """How many of them are left."""

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Any = None,
        site: bool = False,
        etag: str | None = None,
    ) -> Reply:
        """One question, judged."""


class Profiles(Protocol):
    """Who knows creators."""

    async def profile(self, handle: str) -> Profile | None:
        """A creator's profile."""


class Knowing(Protocol):
    """Who knows what a key may do."""

    @property
    def known(self) -> Limits | None:
        """The last answer about it."""


class Account(Protocol):
    """A key at TikTool."""

    @property
    def rest(self) -> Asking:
        """Its questions."""

    @property
    def people(self) -> Profiles:
        """Its profiles."""

    @property
    def limits(self) -> Knowing:
        """Its limits."""


class Cache(Protocol):
    """A small place on disk for JSON by name."""

    async def get(self, name: str) -> Any | None:
        """What was put under this name."""

    async def put(self, name: str, value: Any) -> None:
        """Keep a JSON value under this name; None takes it away."""


class Source(Protocol):
    """Where one board comes from. `requests` is what asking once takes of the key's; `counted` adds the live counts."""

    @property
    def key(self) -> str:
        """What tells it from every other board."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def refresh_s(self) -> int:
        """How often it is asked for."""

    @property
    def identity(self) -> object:
        """Whom it would ask now: somebody else knows nothing of earlier refusals."""

    @property
    def requests(self) -> int:
        """How many of the key's requests one asking takes."""

    @property
    def counted(self) -> bool:
        """Whether the live counts, which all boards share, are asked beside it."""

    async def ask(self, last: Ranks | Sales | None) -> Ranks | Sales | Trouble:
        """Ask once."""

    def pace_s(self, load: int) -> float:
        """How often it may be asked for, where all boards of the key take so many requests a round."""

    def turn_ms(self, at_ms: int) -> int | None:
        """From when on an answer of that moment is no answer to what is asked any more; None: never."""

    def remark(self, board: Ranks | Sales) -> str | None:
        """What the studio should say of a good answer."""
