"""CSS that people paste, and what of it may reach a page: nothing that loads from elsewhere, however it is written.

It is read token by token as browsers read it (CSS Syntax, level 3), so that an escape, a comment or a quote hides
nothing. What is refused is cut out whole, a declaration or a rule at a time; all else stays byte for byte. What
browsers of different ages would read differently is refused too. It judges no taste and loads nothing itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEWLINE: Final = r"(?:\r\n|[\n\r\f])"
ESCAPE: Final = r"(?:\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|[^\n\r\f0-9a-fA-F]|\Z))"
NAME: Final = rf"(?:[A-Za-z0-9_\-\u0080-\U0010ffff]|{ESCAPE})"
WORD: Final = rf"(?:(?:--|-?(?:[A-Za-z_\u0080-\U0010ffff]|{ESCAPE})){NAME}*+)"
TOKEN: Final = re.compile(
    rf"""
    (?P<gap>[ \t\n\r\f]++|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))
    |(?P<string>"(?:[^"\\\n\r\f]|\\{NEWLINE}|{ESCAPE})*+"?|'(?:[^'\\\n\r\f]|\\{NEWLINE}|{ESCAPE})*+'?)
    |(?P<hash>\#{NAME}++)
    |(?P<number>[+-]?(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?(?:%|(?P<unit>{WORD}))?)
    |(?P<edge>-->|<!--)
    |@(?P<at>{WORD})
    |(?P<word>{WORD})(?P<call>\()?
    |(?P<sign>[\s\S])
    """,
    re.VERBOSE,
)
QUOTED: Final = re.compile(r"[ \t\n\r\f]*+[\"']")
ADDRESS: Final = re.compile(
    rf"[ \t\n\r\f]*+((?:[^\"'()\\ \t\n\r\f\x00-\x08\x0b\x0e-\x1f\x7f]|{ESCAPE})*+)[ \t\n\r\f]*+(?:\)|\Z)"
)
REMNANTS: Final = re.compile(rf"(?:{ESCAPE}|[^)])*+(?:\)|\Z)")
UNESCAPE: Final = re.compile(rf"\\(?:([0-9a-fA-F]{{1,6}})(?:\r\n|[ \t\n\r\f])?|({NEWLINE})|([\s\S]|\Z))")

SUSPECT: Final = re.compile(r"[@\\\x00]|url|image|src|expression|behavior|binding", re.IGNORECASE)
"""Without any of these there is nothing to look for."""
AT: Final = frozenset({"import", "namespace", "document", "-moz-document"})
PICTURES: Final = frozenset({"image-set", "-webkit-image-set", "image", "src", "cross-fade", "-webkit-cross-fade"})
"""Functions in which a mere text is an address."""
UNKNOWN: Final = frozenset({"var", "attr", "env", "if"})
"""Functions whose result nobody knows before the page does."""
SCRIPTS: Final = frozenset({"behavior", "-ms-behavior", "-moz-binding"})
LOADED: Final = re.compile(
    r"/assets/\w[\w.~@+-]*(?:/\w[\w.~@+-]*)*(?:\?[\w.=&+-]*)?(?:#[\w-]*)?"
    r"|data:image/(?:png|jpe?g|gif|webp|avif)[;,][\x21-\x7e]*"
    r"|#[\w-]+",
    re.ASCII | re.IGNORECASE,
)
RELATIVE: Final = re.compile(r"[\w.~@+-][\w./~@+ -]*", re.ASCII)
ONLY: Final = "only /assets/ and data: pictures are"
"""Why an address is left out, to whoever wrote it."""
TURNS: Final = 4
MOST_NAMED: Final = 20


class Token(Struct, frozen=True, gc=False):
    """A piece as browsers see it: what it is, where, and its text without escapes."""

    kind: str
    start: int
    end: int
    text: str = ""


class Fault(Struct, frozen=True, gc=False):
    """Something that is cut out: from where to where, on which line, and why, as the rest of a sentence."""

    start: int
    end: int
    line: int
    why: str


@lru_cache(maxsize=32)
def clean(css: str) -> str:
    """The CSS without what may not be loaded; what is harmless comes back as it was."""
    if not SUSPECT.search(css):
        return css
    kept = css.replace("\x00", "\ufffd")  # as browsers read it
    for _ in range(TURNS):
        found = faults(kept)
        if not found:
            return kept
        kept = without(kept, found)
    return ""  # whoever writes CSS that changes its meaning with each cut means no good


def dropped(css: str) -> list[Fault]:
    """What `clean` takes away, with its lines; only the first ones of very many."""
    return faults(css.replace("\x00", "\ufffd"), most=MOST_NAMED) if SUSPECT.search(css) else []


def is_loaded(address: str) -> bool:
    """Whether a page's custom CSS may load this address."""
    return LOADED.fullmatch(address) is not None


def faults(
    css: str, allowed: Callable[[str], bool] = is_loaded, hint: str = ONLY, most: int | None = None
) -> list[Fault]:
    """All that loads what is not allowed, or could, or the first ones of it; the hint ends its sentence."""
    reader = _Reader(css, allowed, hint)
    for token in tokens(css):
        reader.take(token)
        if len(reader.found) == most:
            return reader.found
    return reader.finish()


def without(css: str, found: list[Fault]) -> str:
    """The CSS with those pieces cut out. Lines stay where they were, and what stood apart stays apart."""
    parts, at = [], 0
    for fault in found:
        parts += [css[at : fault.start], " ", "\n" * css.count("\n", fault.start, fault.end)]
        at = fault.end
    return "".join([*parts, css[at:]])


def stamped(css: str, mark: str) -> str:
    """The CSS with a mark behind each relative address: a file that changed under its name is another address."""
    parts, at, before = [], 0, Token("none", 0, 0)
    for token in tokens(css):
        quoted = token.kind == "string" and before.kind == "call" and before.text == "url"
        if (quoted or token.kind == "url") and RELATIVE.fullmatch(token.text):
            address = f'"{token.text}?{mark}"'
            parts += [css[at : token.start], address if quoted else f"url({address})"]
            at = token.end
        before = token
    return "".join([*parts, css[at:]])


def plain(text: str) -> str:
    """A text without its escapes."""
    return UNESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    if found[1] is not None:
        code = int(found[1], 16)
        return "\ufffd" if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)
    return "" if found[2] is not None else found[3] or "\ufffd"


def tokens(css: str) -> Iterator[Token]:
    """Every token but spaces and comments, in order."""
    at = 0
    while at < len(css):
        found = TOKEN.match(css, at)
        if found is None:  # there is no such text: the last alternative takes any sign
            return
        if found.lastgroup == "gap":
            at = found.end()
            continue
        token = _token(css, found)
        at = token.end
        yield token


def _token(css: str, found: re.Match[str]) -> Token:
    kind = found.lastgroup or "sign"
    start, end = found.span()
    match kind:
        case "sign":
            return Token(kind, start, end, found[0])
        case "word" | "at":
            return Token(kind, start, end, plain(found[kind]).lower())
        case "call":
            name = plain(found["word"]).lower()
            bare = name == "url" and not QUOTED.match(css, end)
            return _address(css, start, end) if bare else Token(kind, start, end, name)
        case "number":
            return Token("unit" if found["unit"] else kind, start, end)
        case "string":
            return Token(kind, start, end, plain(found[0][1:].removesuffix(found[0][0])))
    return Token(kind, start, end)


def _address(css: str, start: int, end: int) -> Token:
    """`url(` and what follows it without quotes."""
    found = ADDRESS.match(css, end)
    if found is not None:
        return Token("url", start, found.end(), plain(found[1]))
    rest = REMNANTS.match(css, end)
    return Token("broken", start, rest.end() if rest else len(css))


class _Reader:
    """Where the reading stands: the piece (a declaration, the head of a rule) and the brackets around it."""

    def __init__(self, css: str, allowed: Callable[[str], bool], hint: str) -> None:
        self._css = css
        self._hint = hint
        self._allowed = allowed
        self.found: list[Fault] = []
        self._nest: list[str] = []  # brackets and functions within the piece, innermost last
        self._pictures = 0  # how many of them take a text for an address
        self._start = -1  # of the piece
        self._first = Token("none", 0, 0)
        self._last = self._first
        self._bad: tuple[int, str] | None = None  # the first thing wrong with the piece: where and why
        self._blocks = 0  # open ones within a rule that goes as a whole
        self._line, self._counted = 1, 0  # which line that place is on

    def take(self, token: Token) -> None:
        """One more token."""
        if self._blocks:
            self._pass_over(token)
        elif not self._nest and token.kind == "sign" and token.text in ";{}":
            self._end_piece(token)
        else:
            if self._start < 0:
                self._start, self._first = token.start, token
            why = self._wrong(token)
            if why and self._bad is None:
                self._bad = (token.start, why)
            self._bracket(token)
        self._last = token

    def finish(self) -> list[Fault]:
        """The end: what is still open ends here."""
        if self._bad is not None:
            self._cut(len(self._css))
        return self.found

    def _end_piece(self, token: Token) -> None:
        if self._bad is not None and token.text == "{":
            self._blocks = 1  # the whole rule goes, to its closing brace
            return
        if self._bad is not None:
            self._cut(token.end if token.text == ";" else token.start)
        self._start = -1

    def _pass_over(self, token: Token) -> None:
        if token.kind == "sign":
            self._blocks += (token.text == "{") - (token.text == "}")
        if not self._blocks:
            self._cut(token.end)

    def _cut(self, end: int) -> None:
        at, why = self._bad or (self._start, "")
        self._line += self._css.count("\n", self._counted, at)  # not from the beginning each time
        self._counted = at
        self.found.append(Fault(self._start, end, self._line, why))
        self._bad, self._start = None, -1

    def _bracket(self, token: Token) -> None:
        if token.kind == "call":
            self._nest.append(token.text)
            self._pictures += token.text in PICTURES
        elif token.kind == "sign" and token.text in "([{":
            self._nest.append(token.text)
        elif token.kind == "sign" and token.text in ")]}" and self._nest:
            inner = self._nest[-1]
            if token.text == {"[": "]", "{": "}"}.get(inner, ")"):
                self._pictures -= self._nest.pop() in PICTURES

    def _wrong(self, token: Token) -> str:
        """Why this token may not stand here; empty if it may."""
        what = self._loads(token)
        if what:
            return f"{what} is not loaded: {self._hint}"
        match token.kind:
            case "call" if token.text == "expression":
                return "expression() is a script"
            case "sign" if token.text == ":" and self._first.text in SCRIPTS and self._last == self._first:
                return f"{self._first.text} is a script"
            case "sign" if token.text == "(" and self._last.kind in {"unit", "hash"} and self._last.end == token.start:
                return "a bracket cannot follow a number or # directly"
        return ""

    def _loads(self, token: Token) -> str:
        """What this token would load that it may not; empty if nothing."""
        inner = self._nest[-1] if self._nest else ""
        match token.kind:
            case "at" if token.text in AT:
                return f"@{token.text}"
            case "broken":
                return "an address that cannot be read"
            case "url" if not self._allowed(token.text):
                return ascii(token.text[:60])
            case "string" if (inner == "url" or inner in PICTURES) and not self._allowed(token.text):
                return ascii(token.text[:60])
            case "call" if token.text in UNKNOWN and self._pictures:
                return f"{token.text}() in place of an address"
        return ""
