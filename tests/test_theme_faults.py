"""A damaged theme of one's own is told with its file and line, in the doctor, the settings and the editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from overlay.assets import assets
from overlay.theme_faults import theme_faults
from overlay.themes import Themes
from overlay.web.studio.said import Said
from overlay.web.studio.words import Dictionary
from tests.serving import Served, serving
from tests.tools.test_commands import overlay

WORDS = Dictionary(Path("templates/studio/words"))
HTML = {"Accept": "text/html"}
TOML = 'title = "Mine"\ncolours = ["#112233"]\n'
CSS = "@layer theme {\n  :root { --accent: #f00; }\n}\n"


def theme(folder: Path, toml: str | bytes | None = TOML, css: str | bytes | None = CSS, name: str = "mine") -> Path:
    place = folder / "themes" / name
    place.mkdir(parents=True)
    for file, body in (("theme.toml", toml), ("theme.css", css)):
        if body is not None:
            (place / file).write_bytes(body if isinstance(body, bytes) else body.encode())
    return place


def found(folder: Path) -> list[tuple[str, str]]:
    return [(one.theme, one.found) for one in theme_faults(Themes(assets() / "themes", folder / "themes"))]


def test_a_whole_theme_and_an_empty_folder_have_no_fault(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    theme(tmp_path)
    (tmp_path / "themes" / ".new-1234").mkdir()
    (tmp_path / "themes" / "notes.txt").write_text("mine")
    assert found(tmp_path) == []


def test_every_theme_of_the_program_itself_has_no_fault(tmp_path: Path) -> None:
    for path in (assets() / "themes").iterdir():
        theme(tmp_path, (path / "theme.toml").read_bytes(), (path / "theme.css").read_bytes(), f"own-{path.name}")
    assert found(tmp_path) == []


FAULTS = [
    ({"toml": 'title = "Mine"\ncolours = [\n'}, "theme.toml, line 3: this is not written as TOML is written"),
    ({"toml": 'title = "Mine"\n= 3\n'}, "theme.toml, line 2: this is not written as TOML is written"),
    ({"toml": "title = 3\n"}, "theme.toml: title must be a text, and colours a list of texts"),
    ({"toml": "colours = 3\n"}, "theme.toml: title must be a text, and colours a list of texts"),
    ({"toml": None}, "theme.toml is missing"),
    ({"toml": b"\xff\xfe"}, "theme.toml is not text in UTF-8"),
    ({"css": None}, "theme.css is missing"),
    ({"css": "\n@layer theme {\n  :root { --accent: red;\n}\n"}, "theme.css, line 2: this { is never closed"),
    ({"css": ":root { --accent: red; }\n}\n"}, "theme.css, line 2: there is a } too many"),
    ({"css": ':root { --x: "}"; }\n/* never closed {'}, "theme.css, line 2: a text or comment is never closed"),
    ({"css": ':root {\n  content: "oops;\n}\n'}, "theme.css, line 2: a text or comment is never closed"),
    ({"css": "\n\n@import url(https://elsewhere.example/a.css);\n"},
     "theme.css, line 3: this is not loaded: a theme brings everything itself"),
    ({"name": "My Theme"}, "the folder's name cannot be a theme's: small letters, digits and - only, 40 at most"),
    ({"name": "neon"}, "a built-in theme has this name already"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "told"), FAULTS)
def test_a_damaged_theme_is_told_with_its_file_and_line(tmp_path: Path, damage: dict, told: str) -> None:
    theme(tmp_path, **damage)
    assert found(tmp_path) == [(damage.get("name", "mine"), told)]
    said = Said()
    english = said(WORDS.languages["en"], told)
    for lang, words in WORDS.languages.items():
        again = said(words, told)
        assert "said." not in again
        assert lang == "en" or again != english, (lang, again)
        assert all(part in again for part in ("theme.css", "theme.toml") if part in told)


def test_a_theme_that_was_mended_has_no_fault_any_more(tmp_path: Path) -> None:
    css = theme(tmp_path, css="@layer theme {\n") / "theme.css"
    assert found(tmp_path) == [("mine", "theme.css, line 1: this { is never closed")]
    css.write_text(CSS)
    assert found(tmp_path) == []


async def test_the_doctor_of_the_command_line_names_theme_and_file_and_fails(tmp_path: Path) -> None:
    theme(tmp_path)
    whole = await overlay("doctor", folder=tmp_path)
    assert "ok    themes: " in whole.out
    theme(tmp_path, toml="title =\n", name="broken")
    done = await overlay("doctor", folder=tmp_path)
    assert done.code == 1
    assert "FAIL  theme 'broken': theme.toml, line 1: this is not written as TOML is written" in done.out


@pytest.fixture
async def damaged(tmp_path: Path):
    theme(tmp_path, css="@layer theme {\n:root { --accent: red;\n}\n")
    theme(tmp_path, toml=None, name="half")
    async with serving(tmp_path) as one:
        yield one


async def test_settings_editor_and_doctor_of_the_studio_tell_it_in_the_page_s_language(damaged: Served) -> None:
    goal = await damaged.widget(await damaged.creator(), "goal")
    german = HTML | {"Accept-Language": "de"}
    for place in ("/settings", f"/widgets/{goal['id']}"):
        page = (await damaged.http.get(place, headers=german)).text
        assert "Das Design „mine“ ist beschädigt. theme.css, Zeile 1: Diese { wird nie geschlossen." in page, place
        assert "Das Design „half“ ist beschädigt. theme.toml fehlt." in page, place
    rows = (await damaged.http.get("/studio/doctor", headers={"Accept-Language": "de", "Overlay-Studio": "1"})).json()
    told = {row["check"]: row for row in rows}
    assert told["Design „mine“"]["found"] == "theme.css, Zeile 1: Diese { wird nie geschlossen."
    assert not told["Design „half“"]["well"]
    assert told["Design „half“"]["fix"]


async def test_a_theme_that_is_too_damaged_to_be_chosen_can_be_removed_and_brought_back(damaged: Served) -> None:
    ours = {"Origin": damaged.base, "Overlay-Studio": "1"}
    page = (await damaged.http.get("/settings", headers=HTML)).text
    assert 'data-drop-theme="half"' in page
    assert (await damaged.http.request("DELETE", "/studio/themes/half", headers=ours)).is_success
    assert "half" not in (await damaged.http.get("/settings", headers=HTML)).text
    assert (await damaged.http.post("/studio/themes/half/restore", json={}, headers=ours)).is_success
    assert 'data-drop-theme="half"' in (await damaged.http.get("/settings", headers=HTML)).text


async def test_colours_that_are_no_list_take_no_page_down(tmp_path: Path) -> None:
    theme(tmp_path, toml="colours = 3\n")
    async with serving(tmp_path) as one:
        assert (await one.http.get("/settings", headers=HTML)).status_code == 200
        assert (await one.http.get("/api/themes")).status_code == 200
