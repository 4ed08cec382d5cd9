"""A theme of one's own: begun by a command, found without a restart, documented to the last token and class name."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from overlay.theme_import import check_css
from overlay.themes import Themes
from tests.tools.test_commands import one_sentence, overlay

ROOT = Path(__file__).resolve().parents[1]
BUILT_IN = ROOT / "themes"
SKELETON = ROOT / "templates" / "theme"
DOC = (ROOT / "docs" / "themes.md").read_text("utf-8")
BASE = (ROOT / "static" / "base.css").read_text("utf-8")
WIDGETS = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "static" / "widgets").glob("*.css")))
SCRIPTS = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "static").glob("*/*.js")))
MARKUP = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "templates" / "widgets").glob("*.html")))
SET = re.compile(r"(?<![\w-])(--[a-z0-9-]+)\s*:")
USED = re.compile(r"var\((--[a-z0-9-]+)")


def section(title: str) -> str:
    return DOC.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def tokens(text: str) -> set[str]:
    """Tokens that a text names; `--a-1` … `--a-4` are four."""
    found: set[str] = set()
    for first, last in re.findall(r"`(--[a-z0-9-]+)`(?: … `(--[a-z0-9-]+)`)?", text):
        stem = first.rstrip("0123456789")
        found |= {f"{stem}{at}" for at in range(1, int(last.removeprefix(stem)) + 1)} if last else {first}
    return found


TABLE, _, READ_ONLY = section("Tokens").partition("Set by the page")
PUBLIC = tokens(TABLE)
FIXED = tokens(READ_ONLY)


# --- the command ---


async def test_a_new_theme_is_whole_and_says_what_comes_next(tmp_path):
    done = await overlay("theme", "new", "night-bus", folder=tmp_path)
    assert done.code == 0, done.err
    assert "theme=night-bus" in done.out
    assert sorted(path.name for path in (tmp_path / "themes" / "night-bus").iterdir()) == ["theme.css", "theme.toml"]
    themes = Themes(BUILT_IN, tmp_path / "themes")
    assert [(theme.name, theme.title, theme.own) for theme in themes.all() if theme.own] == [
        ("night-bus", "Night bus", True)
    ]
    check_css("theme.css", (tmp_path / "themes" / "night-bus" / "theme.css").read_text("utf-8"))
    if sys.platform != "win32":
        assert (tmp_path / "themes").stat().st_uid == tmp_path.stat().st_uid


async def test_a_theme_can_begin_as_a_copy_of_another(tmp_path):
    done = await overlay("theme", "new", "mine", "--from", "neon", "--title", 'My "neon"', folder=tmp_path)
    assert done.code == 0, done.err
    made = tmp_path / "themes" / "mine"
    assert (made / "theme.css").read_bytes() == (BUILT_IN / "neon" / "theme.css").read_bytes()
    assert {path.name for path in (made / "fonts").iterdir()} == {
        path.name for path in (BUILT_IN / "neon" / "fonts").iterdir()
    }
    assert tomllib.loads((made / "theme.toml").read_text("utf-8"))["title"] == 'My "neon"'
    again = await overlay("theme", "new", "next", "--from", "mine", folder=tmp_path)
    assert (again.code, (tmp_path / "themes" / "next" / "theme.css").is_file()) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["Mine"], 2, "small letters"),
        (["my theme"], 2, "small letters"),
        (["mine\n"], 2, "small letters"),
        (["mi\x1bne"], 2, "small letters"),
        (["../mine"], 2, "small letters"),
        (["-x"], 2, "required"),
        (["con"], 2, "small letters"),
        (["a" * 60], 2, "40 at most"),
        (["neon"], 2, "built-in"),
        (["mine", "--from", "nothing"], 2, "no theme 'nothing'"),
        ([], 2, "NAME"),
    ],
)
async def test_a_name_that_cannot_be_is_one_sentence_and_makes_nothing(tmp_path, words, code, said):
    done = await overlay("theme", "new", *words, folder=tmp_path)
    assert (done.code, done.err.count("\n")) == (code, 1), done.err
    assert said in done.err
    assert list(tmp_path.iterdir()) == []


async def test_what_a_theme_says_of_itself_loses_what_cannot_be_shown(tmp_path):
    assert (await overlay("theme", "new", "mine", "--title", "My\x1b \u202etheme\n", folder=tmp_path)).code == 0
    told = tmp_path / "themes" / "mine" / "theme.toml"
    told.write_text(told.read_text().replace('"You"', '"Mi\\u0000ra"').replace('"MIT"', '"\\u0007"'))
    theme = Themes(tmp_path / "none", tmp_path / "themes").all()[0]
    assert (theme.title, theme.author, theme.licence) == ("My theme", "Mira", "")
    told.write_text('title = "\\u0000"\n')
    assert Themes(tmp_path / "none", tmp_path / "themes").all()[0].title == "mine"


async def test_a_theme_that_is_there_is_never_written_over(tmp_path):
    await overlay("theme", "new", "mine", folder=tmp_path)
    (tmp_path / "themes" / "mine" / "theme.css").write_text("/* hours of work */")
    done = await overlay("theme", "new", "mine", folder=tmp_path)
    one_sentence(done, 1)
    assert "already" in done.err
    assert (tmp_path / "themes" / "mine" / "theme.css").read_text() == "/* hours of work */"


# --- finding themes ---


def test_a_theme_appears_when_its_file_does_and_goes_with_it(tmp_path):
    themes = Themes(BUILT_IN, tmp_path / "themes")
    assert "mine" not in themes.names()
    (tmp_path / "themes" / "mine").mkdir(parents=True)
    assert "mine" not in themes.names()
    (tmp_path / "themes" / "mine" / "theme.toml").write_text('title = "Mine"')
    assert "mine" in themes.names()
    (tmp_path / "themes" / "mine" / "theme.toml").unlink()
    assert "mine" not in themes.names()


def test_a_theme_s_build_changes_with_each_of_its_files_and_with_nothing_else(tmp_path):
    mine = tmp_path / "themes" / "mine"
    (mine / "fonts").mkdir(parents=True)
    (mine / "theme.toml").write_text('title = "Mine"')
    (mine / "theme.css").write_text("a{}")
    themes = Themes(BUILT_IN, tmp_path / "themes")
    first = themes.build("mine")
    (mine / ".theme.css.swp").write_text("an editor's own")
    (mine / "notes.docx").write_text("no part of a theme")
    assert themes.build("mine") == first != ""
    (mine / "theme.css").write_text("a{b:c}")
    second = themes.build("mine")
    (mine / "fonts" / "x.woff2").write_bytes(b"wOF2")
    assert len({first, second, themes.build("mine")}) == 3


def test_a_built_in_theme_and_what_is_none_have_no_build(tmp_path):
    themes = Themes(BUILT_IN, tmp_path)
    assert [themes.build(name) for name in ("neon", "nothing", "../x", "")] == [""] * 4


def test_a_theme_of_the_owner_s_cannot_take_a_built_in_name(tmp_path):
    (tmp_path / "neon").mkdir()
    (tmp_path / "neon" / "theme.toml").write_text('title = "Not neon"')
    themes = Themes(BUILT_IN, tmp_path)
    assert themes.own() == frozenset()
    assert [theme.title for theme in themes.all() if theme.name == "neon"] != ["Not neon"]


# --- what is public is documented, and what is documented is there ---


def test_every_documented_token_is_drawn_with():
    used = set(USED.findall(BASE + WIDGETS)) | set(re.findall(r'"(--[a-z0-9-]+)"', SCRIPTS))
    assert PUBLIC - used == set()
    assert FIXED - used - set(SET.findall(BASE)) == set()


def test_every_token_that_widgets_are_drawn_with_is_documented():
    root, rest = BASE.split(":root {", 1)[1].split("\n  }\n", 1)
    own = set(SET.findall(WIDGETS + rest)) | set(re.findall(r'["\'`](--[a-z0-9-]+)', SCRIPTS))
    in_root = set(SET.findall(root))
    used = set(USED.findall(BASE + WIDGETS))
    assert {name for name in used if name in in_root or name not in own} - PUBLIC - FIXED == set()


@pytest.mark.parametrize("folder", sorted([*BUILT_IN.glob("*/"), SKELETON]), ids=lambda path: path.name)
def test_a_theme_sets_only_tokens_that_are_public_or_its_own(folder):
    css = (folder / "theme.css").read_text("utf-8")
    private = set(USED.findall(css)) | set(SET.findall(WIDGETS))
    assert set(SET.findall(css)) - PUBLIC - private == set()


def test_the_skeleton_names_every_public_token_once():
    css = (SKELETON / "theme.css").read_text("utf-8")
    named = [name for name in SET.findall(css) if name in PUBLIC]
    assert sorted(named) == sorted(PUBLIC)


def test_the_skeleton_gives_each_token_as_it_is_without_a_theme():
    css = (SKELETON / "theme.css").read_text("utf-8")
    root = BASE.split(":root {", 1)[1]
    for name, value in re.findall(r"/\* (--[a-z0-9-]+): ([^;]+); \*/", css):
        known = re.search(rf"(?<![\w-]){name}:\s*([^;]+);", root)
        wanted = [known[1]] if known else fallbacks(name)
        assert any(squeezed(text).startswith(squeezed(value)) for text in wanted), (name, value, wanted)


def fallbacks(name: str) -> list[str]:
    """What stands for a token that nobody sets."""
    found = []
    for start in re.finditer(rf"var\({name},", BASE + WIDGETS):
        text, depth, at = (BASE + WIDGETS)[start.end() :], 1, 0
        while depth:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
        found.append(text[: at - 1].strip())
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\b0(?=\.)|\s+", "", text).replace(".30", ".3")


def classes() -> dict[str, set[str]]:
    """The classes of the documentation, by kind, with those that all share under an empty name."""
    text = section("Class names")
    shared = set(re.findall(r"`\.([a-z-]+)`", text.split("Each widget's own", 1)[0]))
    by_kind = {"": shared}
    for kind, names in re.findall(r"^\| `([a-z]+)` \| (.+) \|$", text, re.MULTILINE):
        by_kind[kind] = {f"{kind}{name}" for name in re.findall(r"`(-[a-z-]+)`", names)}
    return by_kind


def test_every_documented_class_is_in_the_pages():
    made = MARKUP + SCRIPTS + (ROOT / "templates" / "overlay.html").read_text("utf-8")
    missing = [
        name for names in classes().values() for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", made)
    ]
    assert missing == []


def test_every_kind_has_its_classes_documented():
    kinds = {path.stem for path in (ROOT / "templates" / "widgets").glob("*.html")} - {"icons"}
    assert set(classes()) - {""} == kinds


@pytest.mark.parametrize("kind", sorted(set(classes()) - {""}))
def test_every_attribute_that_is_documented_is_set(kind):
    row = re.search(rf"^\| `{kind}` \| (.+) \|$", section("Class names"), re.MULTILINE)
    assert row is not None
    script = (ROOT / "static" / "widgets" / f"{kind}.js").read_text("utf-8")
    page = (ROOT / "templates" / "widgets" / f"{kind}.html").read_text("utf-8")
    assert [name for name in re.findall(r"`(data-[a-z-]+)`", row[1]) if name not in script + page] == []
