"""What every studio page stands in: its words, its navigation, the owner's preferences. It changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct, field
from quart import Response, render_template, request

from overlay import __version__
from overlay.assets import assets
from overlay.web.studio.words import Dictionary, Words

if TYPE_CHECKING:
    from overlay.house import House

NAVIGATION: Final = (
    ("home", "/"),
    ("creators", "/creators"),
    ("streams", "/streams"),
    ("rehearsal", "/rehearsal"),
    ("doctor", "/doctor"),
    ("settings", "/settings"),
)
SETTING: Final = "studio"


class Preferences(Struct, kw_only=True, forbid_unknown_fields=True):
    """How the owner likes the studio."""

    language: Annotated[str, Meta(max_length=16)] | None = None
    streamer_mode: bool = False
    guide: Literal["open", "done"] = "open"
    sizes: dict[str, tuple[Annotated[int, Meta(ge=16, le=7680)], Annotated[int, Meta(ge=16, le=7680)]]] = field(
        default_factory=dict
    )


class Frame:
    """Draws pages."""

    def __init__(self, house: House) -> None:
        """Read the words once."""
        self._house = house
        self.dictionary = Dictionary(assets() / "templates" / "studio" / "words")

    async def preferences(self) -> Preferences:
        """The owner's preferences; what cannot be read any more is as at first."""
        kept = await self._house.store.get(SETTING) or {}
        known = {name: value for name, value in kept.items() if name in Preferences.__struct_fields__}
        try:
            return read_preferences(known)
        except ValueError:
            return Preferences()

    async def words(self) -> Words:
        """The words for this request."""
        return self.words_for(await self.preferences())

    def words_for(self, preferences: Preferences) -> Words:
        """The words in the owner's language, else the browser's."""
        return self.dictionary.choose(preferences.language, request.headers.get("Accept-Language", ""))

    async def page(self, name: str, *, status: int = 200, **context: Any) -> Response:
        """A page, whole."""
        house, preferences = self._house, await self.preferences()
        words = self.words_for(preferences)
        html = await render_template(
            f"studio/{name}.html",
            t=words,
            lang=words.lang,
            script_words=json.dumps(words.under("js."), ensure_ascii=False),
            navigation=NAVIGATION,
            here=context.pop("here", name),
            build=house.build,
            version=__version__,
            preferences=preferences,
            signed_in=house.access.has_password and house.access.is_signed_in(request.cookies.get(house.access.cookie)),
            **context,
        )
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
        return Response(html, status=status, content_type="text/html; charset=utf-8", headers=headers)


def read_preferences(given: Any) -> Preferences:
    """Preferences out of what was kept or sent; a bad one is a ValidationError."""
    return msgspec.convert(given, Preferences)
