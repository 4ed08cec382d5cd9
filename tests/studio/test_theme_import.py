"""Themes out of a zip: one claim a rule. What is refused leaves nothing behind, what is good is there at once."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import stat
import zipfile
from pathlib import Path

import pytest

from overlay.problems import Problem
from overlay.theme_import import import_theme
from overlay.themes import Themes
from tests.serving import Served

TOML = b'title = "Mine"\nauthor = "me"\ncolours = ["#112233"]\n'
CSS = b"@layer theme { :root { --accent: #f00; } .goal-bar { background: url(pictures/a.png); } }"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
GOOD = {"theme.toml": TOML, "theme.css": CSS, "pictures/a.png": PNG}


def zipped(files: dict[str, bytes], *more: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
        for info, body in more:
            archive.writestr(info, body)
    return made.getvalue()


def bring(body: bytes, folder: Path, **more: str) -> str:
    return import_theme(body, folder, frozenset({"default", "neon"}), **more)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_good_theme_comes_whole(tmp_path: Path) -> None:
    assert bring(zipped({"name.txt": b"x", **GOOD}), tmp_path, wanted="mine") == "mine"
    assert (tmp_path / "mine/pictures/a.png").read_bytes() == PNG
    assert left(tmp_path) == ["mine"]


def test_a_folder_around_it_all_gives_the_name(tmp_path: Path) -> None:
    assert bring(zipped({f"Sunset Glow/{name}": body for name, body in GOOD.items()}), tmp_path) == "sunset-glow"
    assert (tmp_path / "sunset-glow/theme.css").is_file()


def test_a_theme_of_the_same_name_takes_the_old_one_s_place(tmp_path: Path) -> None:
    bring(zipped(GOOD), tmp_path, wanted="mine")
    bring(zipped({"theme.toml": TOML, "theme.css": b":root{--accent:#0f0}"}), tmp_path, wanted="mine")
    assert left(tmp_path / "mine") == ["theme.css", "theme.toml"]
    assert left(tmp_path) == ["mine"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../evil.css", "climbs out"),
        ("a/../../evil.css", "climbs out"),
        ("./x.css", "climbs out"),
        ("/etc/x.css", "absolute"),
        ("C:/x.css", "absolute"),
        ("a\\..\\x.css", "backslash"),
        ("con.css", "device"),
        ("fonts/LPT1.txt", "device"),
        ("aux", "device"),
        ("a\u202ecss.png", "odd name"),
        (".hidden.css", "odd name"),
        ("a//b.css", "odd name"),
        ("a\n/b.css", "odd name"),
        ("a\x1b/b.css", "odd name"),
        ("x.css.", "odd name"),
        ("x.svg", "this type"),
        ("x.js", "this type"),
        ("x.html", "this type"),
        ("x", "this type"),
    ],
)
def test_a_name_that_is_not_plain_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        bring(zipped({**GOOD, name: b"x"}), tmp_path)
    assert left(tmp_path) == []


def test_a_nul_in_a_name_is_refused(tmp_path: Path) -> None:
    body = zipped({**GOOD, "axb.css": b"x"}).replace(b"axb.css", b"a\x00b.css")
    with pytest.raises(Problem, match="NUL"):
        bring(body, tmp_path)
    assert left(tmp_path) == []


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("theme2.css")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    link.create_system = 3
    with pytest.raises(Problem, match="link"):
        bring(zipped(GOOD, (link, b"/etc/passwd")), tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize("twin", ["THEME.css", "pictures/A.PNG"])
def test_two_names_that_are_one_on_some_disks_are_refused(tmp_path: Path, twin: str) -> None:
    with pytest.raises(Problem, match="twice"):
        bring(zipped({**GOOD, twin: b"x"}), tmp_path)


def test_more_than_two_hundred_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="200"):
        bring(zipped({**GOOD, **{f"f{at}.txt": b"x" for at in range(198)}}), tmp_path)
    assert left(tmp_path) == []


def test_a_bomb_is_counted_while_it_is_read(tmp_path: Path) -> None:
    body = zipped({**GOOD, "a.txt": bytes(21_000_000).replace(b"\x00", b"a")})
    assert len(body) < 100_000
    with pytest.raises(Problem, match="20 MB"):
        bring(body, tmp_path)
    many = {f"b{at}.txt": b"a" * 3_000_000 for at in range(7)}
    with pytest.raises(Problem, match="20 MB"):
        bring(zipped({**GOOD, **many}), tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "body"),
    [("a.png", b"MZ"), ("a.woff2", b"<html>"), ("a.webp", b"RIFF0000WAVE"), ("a.txt", b"\xff\xfe\x00")],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path, name: str, body: bytes) -> None:
    with pytest.raises(Problem, match="not what its name says"):
        bring(zipped({**GOOD, name: body}), tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "css",
    [
        "@import url(https://evil.example/x.css);",
        "@IMPORT 'x.css';",
        "@\\69mport 'x.css';",
        ".a{background:url(https://evil.example/x.png)}",
        ".a{background:url( '//evil.example/x.png' )}",
        ".a{background:u\\72l(//evil.example/x)}",
        ".a{background:url(javascript:alert(1))}",
        ".a{background:url(data:text/html,x)}",
        ".a{background:url(data:image/svg+xml,x)}",
        ".a{background:url(../../overlay.db)}",
        ".a{background:image-set('https://evil.example/x.png' 1x)}",
    ],
)
def test_css_that_loads_from_elsewhere_is_refused(tmp_path: Path, css: str) -> None:
    with pytest.raises(Problem, match="brings everything itself"):
        bring(zipped({"theme.toml": TOML, "theme.css": css.encode()}), tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"theme.css": CSS}, "no theme.toml"),
        ({"theme.toml": TOML}, "no theme.css"),
        ({"theme.toml": b"title = [", "theme.css": CSS}, "cannot be read"),
        ({"theme.toml": b'title = "x"\nscript = "alert(1)"', "theme.css": CSS}, "nobody knows"),
        ({"theme.toml": b'name = "neon"', "theme.css": CSS}, "built-in"),
        ({"theme.toml": b'name = "con"', "theme.css": CSS}, "cannot be the name"),
    ],
)
def test_what_is_no_theme_is_refused(tmp_path: Path, files: dict, said: str) -> None:
    with pytest.raises(Problem, match=said):
        bring(zipped(files), tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize("body", [b"", b"PK", b"no zip at all", zipped(GOOD)[:-30], b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(Problem, match="zip"):
        bring(body, tmp_path)


def test_a_damaged_entry_is_refused(tmp_path: Path) -> None:
    body = bytearray(zipped({**GOOD, "long.txt": bytes(range(32, 120)) * 50}))
    at = body.index(b"long.txt") + 30
    body[at : at + 8] = b"\xff" * 8
    with pytest.raises(Problem, match="cannot be read"):
        bring(bytes(body), tmp_path)
    assert left(tmp_path) == []


async def test_an_uploaded_theme_can_be_worn_at_once_and_comes_back_after_it_was_removed(bare: Served) -> None:
    ours = {"Origin": bare.base, "Content-Type": "application/zip"}
    made = await bare.http.post(
        "/studio/themes", content=zipped({f"dusk/{name}": body for name, body in GOOD.items()}), headers=ours
    )
    assert (made.status_code, made.json()) == (201, {"name": "dusk"})
    widget = await bare.widget(await bare.creator(), "goal", theme="dusk")
    assert widget["theme"] == "dusk"
    worn = (await bare.http.get("/themes/dusk/theme.css")).content
    assert re.sub(rb'url\("([^"?]+)\?[^"]+"\)', rb"url(\1)", worn) == CSS  # its files carry a mark of their own
    gone = await bare.http.delete("/studio/themes/dusk", headers={"Origin": bare.base})
    assert gone.status_code == 204
    assert "dusk" not in [theme["name"] for theme in (await bare.http.get("/api/themes")).json()]
    back = await bare.http.post("/studio/themes/dusk/restore", json={}, headers={"Origin": bare.base})
    assert back.status_code == 204
    assert "dusk" in [theme["name"] for theme in (await bare.http.get("/api/themes")).json()]
    refused = await bare.http.post("/studio/themes", content=b"junk", headers=ours)
    assert (refused.status_code, refused.json()["field"]) == (400, "file")


@pytest.mark.parametrize(
    "toml",
    [b"a=" + b"[" * 100_000, b"name=1" + b"0" * 5000, b"colours=" + b"[" * 900 + b"]" * 900, b"name=0x" + b"f" * 6000],
)
def test_a_description_that_no_parser_bears_is_refused_or_says_nothing(tmp_path: Path, toml: bytes) -> None:
    with contextlib.suppress(Problem):
        bring(zipped({**GOOD, "theme.toml": toml}), tmp_path, wanted="mine")
    themes = Themes(tmp_path / "none", tmp_path)
    assert all(theme.title == "mine" for theme in themes.all())


def test_a_file_below_a_file_and_a_name_without_end_are_refused(tmp_path: Path) -> None:
    for names in (("a.css", "a.css/b.css"), ("A.CSS/b.css", "a.css"), ("a/" * 250 + "b.css",)):
        with pytest.raises(Problem, match=r"twice|odd name"):
            bring(zipped({**GOOD, **dict.fromkeys(names, CSS)}), tmp_path, wanted="mine")
    assert left(tmp_path) == []


async def test_an_imported_theme_that_is_damaged_takes_no_page_down(bare: Served) -> None:
    document = (await bare.http.get("/api/export")).json()
    damaged = base64.b64encode(b"name=1" + b"0" * 5000).decode()
    document["themes"] = {"mine": {"theme.toml": damaged, "theme.css": ""}}
    assert (await bare.http.post("/api/import", json=document)).status_code == 200
    for page in ("/api/themes", "/settings", "/studio/doctor"):
        assert (await bare.http.get(page)).status_code == 200, page
    document["themes"] = {"mine": {"a.css": "", "a.css/b.css": ""}}
    refused = await bare.http.post("/api/import", json=document)
    assert (refused.status_code, refused.json()["field"]) == (400, "themes.mine.'a.css/b.css'")
    assert (await bare.http.get("/readyz")).status_code == 200
