"""What boards, FastMoss, the firehose, files and the database say is said to creators in their language: all of it.

The sentences are read out of the sources, so that a new one without words fails here and is never seen in English.
"""

from __future__ import annotations

import ast
import asyncio
import sqlite3
from itertools import product
from pathlib import Path

import pytest

from overlay.boards.board import age
from overlay.boards.plans import PLANS, plan
from overlay.boards.selling import Selling
from overlay.config import Config, Secret
from overlay.core.wishes import SalesWish, Wish
from overlay.store.backups import _tell
from overlay.store.db import explain
from overlay.tools.doctor import check_password
from overlay.web.studio.said import Said
from overlay.web.studio.words import Dictionary
from tests.serving import Served, listening

WORDS = Dictionary(Path("templates/studio/words"))
SPEAKERS = (*sorted(Path("overlay/boards").glob("*.py")), Path("overlay/core/sellers.py"), Path("overlay/whales.py"),
            Path("overlay/upstream/firehose.py"))  # fmt: skip
FILES = tuple(Path("overlay", name) for name in (
    "theme_import.py", "theme_faults.py", "store/archive.py", "store/bundle.py", "store/luggage.py",
))  # fmt: skip
FRAGMENTS = frozenset({"shows all of it", "a theme brings everything itself", r"at line (\d+)"})
"""What no sentence is by itself."""
HINTS = tuple(f"TikTool's plan {one} shows all of it" for one in sorted(set(PLANS.values())))
FILLED = {
    "self._plan_hint()": HINTS,
    "said": ("", " (no such region)", " (404)"),
    "some": ("All", "Some"),
    "PLANS[self._plan.board]": tuple(sorted(set(PLANS.values()))),
    "BELOW": ("the firehose needs TikTool's plan Global Agency",),
    "needed": ("theme.toml",),
    "info.filename": ("themes/mine/a.css",),
    "path.name": ("theme.css",),
    "line.reason": ("the firehose needs TikTool's plan Global Agency",),
}
"""What may stand in the slots of a sentence, by how the source writes them; elsewhere a figure does."""


def literal_words(text: str) -> int:
    return sum(any(sign.isalpha() for sign in word) for word in text.split())


def slot(value: ast.FormattedValue) -> tuple[str, ...]:
    match value.value:
        case ast.IfExp(body=ast.Constant(value=str(one)), orelse=ast.Constant(value=str(other))):
            return one, other
    filled = FILLED.get(ast.unparse(value.value), ("7",))
    return tuple(map(repr, filled)) if value.conversion in {ord("r"), ord("a")} else filled


def readings(node: ast.AST) -> list[str]:
    """A text of the source as it may be said, if it is a sentence: three words of its own at least."""
    match node:
        case ast.Constant(value=str(text)) if literal_words(text) >= 3:
            return [text]
        case ast.JoinedStr(values=parts):
            own = " ".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
            if literal_words(own) >= 3:
                told = [(str(part.value),) if isinstance(part, ast.Constant) else slot(part) for part in parts
                        if isinstance(part, ast.Constant | ast.FormattedValue)]  # fmt: skip
                return ["".join(one) for one in product(*told)]
    return []


def is_for_nobody(node: ast.AST) -> bool:
    """What goes to the log, names a task, or stands in another sentence's slot."""
    match node:
        case ast.Call(func=func) if ast.unparse(func).startswith("LOG."):
            return True
        case ast.keyword(arg="name") | ast.Expr(value=ast.Constant()):
            return True
        case ast.Constant(value=str(text)):
            return text in PLANS.values()
    return False


def sentences(path: Path) -> list[str]:
    """Every sentence of a module but its documentation and its log."""
    found: list[str] = []
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if is_for_nobody(node):
            continue
        said = readings(node)
        found += said
        if not said:
            waiting += ast.iter_child_nodes(node)
    return found


def told() -> list[str]:
    return [one for path in SPEAKERS for one in sentences(path) if one not in FRAGMENTS]


def in_every_language(sentence: str) -> None:
    said = Said()
    assert said.find(sentence) is not None, sentence
    english = said(WORDS.languages["en"], sentence)
    for lang, words in WORDS.languages.items():
        again = said(words, sentence)
        assert "said." not in again, (lang, again)
        assert lang == "en" or again != english, (lang, again)


def told_of_files() -> list[str]:
    return [one for path in FILES for one in sentences(path) if one not in FRAGMENTS and "SELECT" not in one]


def test_the_sources_are_read_for_what_they_say() -> None:
    found = told()
    assert len(found) > 60
    assert "FastMoss cannot be reached" in found
    assert any(sentence.startswith("All names on this board") for sentence in found)


@pytest.mark.parametrize("sentence", sorted(set(told())))
def test_every_sentence_of_boards_and_firehose_has_words_in_every_language(sentence: str) -> None:
    in_every_language(sentence)


@pytest.mark.parametrize("sentence", sorted(set(told_of_files())))
def test_every_sentence_about_a_file_that_comes_in_has_words_in_every_language(sentence: str) -> None:
    in_every_language(sentence)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_what_the_doctor_says_of_a_short_password_has_words_in_every_language(tmp_path: Path, host: str) -> None:
    (found,) = check_password(Config(folder=tmp_path, host=host, password=Secret("short")))
    for sentence in (found.found, found.fix):
        in_every_language(sentence)
    assert Said().find(found.check) is not None


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("odd")
    error.sqlite_errorcode = code
    return error


CODES = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
)


@pytest.mark.parametrize("code", CODES)
def test_what_keeps_the_database_from_saving_has_words_in_every_language(tmp_path: Path, code: int) -> None:
    in_every_language(explain(sqlite_error(code), tmp_path))


@pytest.mark.parametrize(("aside", "backup", "saved"), list(product((True, False), repeat=3)))
def test_what_was_put_right_of_the_database_has_words_in_every_language(
    tmp_path: Path, aside: bool, backup: bool, saved: bool
) -> None:
    copy = tmp_path / "daily.db"
    copy.write_bytes(b"")
    damaged = tmp_path / "overlay.damaged-1.db"
    in_every_language(_tell(tmp_path / "overlay.db", damaged if aside else None, copy if backup else None, saved=saved))


REFUSALS = (
    "FastMoss refused to answer: no such thing",
    "FastMoss was asked too often: slow down",
    "FastMoss had an error (503)",
    "the firehose needs TikTool's plan Global Agency, and TikTool refuses it to this key (1008)",
    "TikTool's firehose does not accept this region or league class (XX)",
)
TITLES = (
    *(plan(Wish(board=board, region="US"), "US", 2000).title for board in PLANS),
    plan(Wish(board="gifters", of="luna.sings"), "GLOBAL", None).title,
    Selling(SalesWish(), None, "tiktool", lambda: 0).title,  # type: ignore[arg-type]  # only its title is looked at
    Selling(SalesWish(date_type="week", category=7, order="gmv", page=2), None, "tiktool", lambda: 0).title,  # type: ignore[arg-type]
    Selling(SalesWish(date_type="month", date="2026-10"), None, "tiktool", lambda: 0).title,  # type: ignore[arg-type]
    "league of luna.sings",
    "gaming_movers of luna.sings",
)  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSALS)
def test_what_others_add_is_quoted_behind_our_own_words(sentence: str) -> None:
    said = Said()
    assert said.find(sentence) is not None, sentence
    assert "FastMoss" in said(WORDS.languages["ja"], sentence) or "TikTool" in said(WORDS.languages["ja"], sentence)
    assert "too often" not in said(WORDS.languages["de"], sentence)


@pytest.mark.parametrize("title", TITLES)
def test_every_board_has_a_name_in_every_language(title: str) -> None:
    said = Said()
    german = said(WORDS.languages["de"], title)
    assert german != title
    assert not any(word in german.split() for word in ("of", "by", "page", "category", "movers", "sellers"))
    assert "US" in german or "luna.sings" in german


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("ms", [60_000, 300_000, 7_200_000])
def test_a_board_with_a_problem_says_its_name_the_problem_and_how_old_it_is_in_one_language(
    title: str, ms: int
) -> None:
    whole = f"{title[0].upper()}{title[1:]}: FastMoss cannot be reached. {age(ms)}"
    said, german = Said(), WORDS.languages["de"]
    again = said(german, whole)
    assert again.startswith(said(german, title) + ": ")
    assert said(german, "FastMoss cannot be reached") in again
    assert again.endswith(said(german, age(ms)))
    assert "keeps" not in again
    alone = said(german, f"{title}: FastMoss cannot be reached.")
    assert alone == f"{said(german, title)}: {said(german, 'FastMoss cannot be reached')}"


async def test_the_studio_says_what_is_wrong_with_a_board_in_the_language_of_the_page(bare: Served) -> None:
    creator = await bare.creator()
    board, sellers = await bare.widget(creator, "ranking"), await bare.widget(creator, "sellers")
    headers = {"Accept-Language": "de", "Overlay-Studio": "1"}
    async with listening(bare, board["key"], sellers["key"]) as events:
        await events.until("hello")
        remarks: dict[str, str] = {}
        async with asyncio.timeout(30):
            while not (remarks and all(remarks.values())):
                status = (await bare.http.get("/studio/status", headers=headers)).json()
                remarks = {one["kind"]: one["remark"] for one in status["widgets"]}
        assert remarks["ranking"] == "Es gibt noch keinen TikTool-Schlüssel. Gib in den Einstellungen einen ein."
        assert remarks["sellers"].startswith("Top-Verkäufer · US · Tag: ")
        assert "token" not in remarks["sellers"]
        doctor = (await bare.http.get("/studio/doctor", headers=headers)).json()
    rows = {row["check"]: row for row in doctor}
    assert rows["Liga · luna.sings" if "Liga · luna.sings" in rows else "Region · luna.sings"]["found"].startswith(
        "Es gibt"
    )
    assert "asked for again" not in rows["Top-Verkäufer · US · Tag"]["fix"]
