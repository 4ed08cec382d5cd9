"""What the house promises about itself. Each claim names every offender, so that a failure is a list of things to do."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tools import licences

ROOT = Path(__file__).resolve().parent.parent
MADE = {".git", ".venv", ".cache", "node_modules", "dist", "build", "__pycache__", ".hypothesis"}
MADE |= {".mypy_cache", ".ruff_cache", ".pytest_cache"}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".js",
    ".ts",
    ".css",
    ".html",
    ".json",
    ".lock",
    ".cmd",
    ".command",
    ".sh",
    ".svg",
    ".yml",
    "",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str, ends: set[str]) -> list[Path]:
    """Every file in those folders whose name ends so; what is made or vendored is left out."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    fit = (path for path in found if path.is_file() and path.suffix in ends)
    return sorted(path for path in fit if not {*MADE, "vendor"} & set(path.relative_to(ROOT).parts))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = files("overlay", ends={".py"})
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PYTHON}
SCRIPTS = files("static", ends={".js"})
PAGES = files("templates", ends={".html"})
STYLES = files("static", "themes", ends={".css"})
DOCS = [*ROOT.glob("*.md"), *files("docs", ends={".md"})]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = {re.match(r"[\w.-]+", wanted)[0].lower() for wanted in PROJECT["project"]["dependencies"]}  # type: ignore[index]


def lines_with(paths: list[Path], pattern: str, flags: int = 0) -> list[str]:
    """Where a pattern stands, as `path:line: text`."""
    wanted = re.compile(pattern, flags)
    return [
        f"{name(path)}:{number}: {line.strip()[:160]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def own_lines(function: Function) -> int:
    """How long a function's body is: without its docstring, and without functions that stand within it."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    covered = set(range(body[0].lineno, (function.end_lineno or 0) + 1))
    for within in ast.walk(function):
        if isinstance(within, Function) and within is not function:
            first = min([within.lineno, *(mark.lineno for mark in within.decorator_list)])
            covered -= set(range(first, (within.end_lineno or 0) + 1))
    return len(covered)


def test_every_module_says_what_it_is_for_and_what_it_never_does():
    never = re.compile(r"\b(never|nothing|no|not|none|neither|nor|only|alone|without)\b", re.IGNORECASE)
    offenders = [name(path) for path, tree in TREES.items() if not never.search(ast.get_docstring(tree) or "")]
    assert not offenders, offenders


def test_no_module_is_longer_than_it_says():
    offenders = []
    for path, tree in TREES.items():
        most = 150 if path.parent.name == "widgets" else 300
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > most and "longer than" not in " ".join((ast.get_docstring(tree) or "").lower().split()):
            offenders.append(
                f"{name(path)}: {count} lines and its docstring does not say why it is 'longer than' {most}"
            )
    for path in SCRIPTS:
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > 300 and "longer than" not in " ".join(lines[:15]).lower():
            offenders.append(f"{name(path)}: {len(lines)} lines and no 'longer than' in its first lines")
    assert not offenders, "\n".join(offenders)


def test_no_function_is_longer_than_it_says():
    offenders = [
        f"{name(path)}:{function.lineno}: {function.name} has {own_lines(function)} lines"
        for path, tree in TREES.items()
        for function in functions(tree)
        if own_lines(function) > 25 and not re.search(r"\blong", ast.get_docstring(function) or "", re.IGNORECASE)
    ]
    assert not offenders, "say in the docstring why it is long, or cut it:\n" + "\n".join(offenders)


def test_the_core_and_the_widgets_ask_no_clock_and_open_nothing():
    offenders = []
    for path, tree in TREES.items():
        if not {"core", "widgets"} & set(path.relative_to(ROOT / "overlay").parts[:1]):
            continue
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            clock = isinstance(called, ast.Attribute) and called.attr in {
                "now",
                "utcnow",
                "today",
                "read_text",
                "read_bytes",
            }
            edge = isinstance(called, ast.Name) and called.id in {"open", "print", "input"}
            if clock or edge:
                offenders.append(f"{name(path)}:{node.lineno}")  # type: ignore[attr-defined]
    assert not offenders, offenders


def test_names_use_the_words_of_the_house():
    strange = re.compile(r"(manager|handler|service|utils?|helper|streamer)", re.IGNORECASE)
    named = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    offenders = [name(path) for path in PYTHON if strange.search(path.stem)]
    offenders += [
        f"{name(path)}:{node.lineno}: {node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, named) and strange.search(node.name)
    ]
    assert not offenders, "\n".join(offenders)


def test_pages_make_no_markup_from_text():
    never = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\bsrcdoc\b|\beval\(|new Function\("
    code = re.compile(r"^\s*(//|\*|/\*)")  # a comment may say why not
    offenders = [line for line in lines_with([*SCRIPTS, *PAGES], never) if not code.search(line.split(": ", 1)[1])]
    assert not offenders, "\n".join(offenders)


def test_templates_hold_no_script_and_trust_no_text():
    offenders = lines_with(PAGES, r"\|\s*safe\b|\bon\w+\s*=\s*[\"']|javascript:|autoescape\s+false", re.IGNORECASE)
    offenders += lines_with(PAGES, r"<script(?![^>]*\b(src=|type=\"(importmap|application/json)\"))", re.IGNORECASE)
    assert not offenders, "\n".join(offenders)


def test_no_page_loads_anything_from_another_host():
    remote = r"(https?:)?//(?!www\.w3\.org/)[\w-]+\.[\w.-]+"
    offenders = lines_with(STYLES, rf"(url\(|@import)\s*[\"']?{remote}")
    offenders += lines_with(
        PAGES, rf"(\ssrc|srcset|action|data|poster)=[\"']{remote}|<(link|use|image)\b[^>]*href=[\"']{remote}"
    )
    offenders += lines_with(
        SCRIPTS, rf"(from|import|import\(|fetch\(|Worker\(|EventSource\(|WebSocket\()\s*[\"'`]{remote}"
    )
    offenders += lines_with(SCRIPTS, rf"\.(src|href)\s*=\s*[\"'`]{remote}")
    assert not offenders, "\n".join(offenders)


def test_styles_leave_the_last_word_to_the_creator():
    """Of overlays; the studio's pages are nobody's to restyle. What is hidden stays hidden: the one exception."""
    overlays = [path for path in STYLES if "studio" not in path.parts]
    offenders = [line for line in lines_with(overlays, "!important") if "[hidden] {" not in line]
    assert not offenders, "\n".join(offenders)


def test_nothing_names_a_place_that_a_stranger_has_not():
    """Neither a folder of some workplace nor the host of a package index; the words are put together so as not to be found."""
    places = [
        "/wo" + "rk/",
        "/tmp/br" + "ief",
        "/root" + "/",
        "registry.npm" + "js",
        "pypi" + r"\.org",
        "python" + "hosted",
    ]
    places += ["deb.de" + "bian", "\\.\\./sha" + "red", r"\bissues? #?\d", "CONTR" + r"ACT\.md", "BR" + r"IEF\.md"]
    everything = files(".", ends=TEXT)
    offenders = lines_with(everything, "|".join(places))
    assert not offenders, "\n".join(offenders)


def test_the_page_of_licences_is_up_to_date():
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(), "make licences"


def test_whatever_others_made_has_its_licence_beside_it():
    offenders = []
    for font in files("static", "themes", ends={".woff2", ".woff", ".ttf", ".otf"}):
        stems = [path.name.split("-LICEN")[0] for path in font.parent.glob("*-LICEN*")]
        whole = any(font.parent.glob("LICEN*"))
        if not whole and not any(font.name.startswith(stem) for stem in stems):
            offenders.append(name(font))
    vendor = ROOT / "static" / "vendor"
    folders = [path for path in vendor.iterdir() if path.is_dir()] if vendor.is_dir() else []
    offenders += [name(folder) for folder in folders if not any(folder.glob("*LICEN*"))]
    assert not offenders, offenders


def test_the_program_imports_only_what_it_says_it_needs():
    packages = {"pil": "pillow", "argon2": "argon2-cffi"}
    offenders = set()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for first in {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"overlay"}:
                if packages.get(first.lower(), first.lower()) not in DIRECT:
                    offenders.add(f"{name(path)}: {first}")
    assert not offenders, sorted(offenders)


def test_every_dependency_has_a_decision_that_names_it():
    decisions = "\n".join(path.read_text(encoding="utf-8").lower() for path in (ROOT / "docs/decisions").glob("*.md"))
    offenders = sorted(wanted for wanted in DIRECT if not re.search(rf"\b{re.escape(wanted)}\b", decisions))
    assert not offenders, offenders


def test_decisions_are_numbered_without_a_gap_and_say_why():
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert numbers == list(range(1, len(numbers) + 1)), numbers
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        for part in ("## Context", "## Decision", "## Why not"):
            assert part in text, f"{name(path)} lacks {part}"


def locked(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^ \\;]+)", text, re.MULTILINE))


def test_the_locks_hold_every_dependency_with_its_hash():
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert set(run) >= DIRECT, DIRECT - set(run)
    assert run.items() <= dev.items(), "make lock"
    for lock in ROOT.glob("requirements*.lock"):
        blocks = re.split(r"^(?=[\w.-]+==)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        assert blocks
        assert all("--hash=sha256:" in block for block in blocks), name(lock)


def test_the_changelog_has_a_place_for_what_comes_next():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## Unreleased$", text, re.MULTILINE)
    versions = re.findall(r"^## (\d+)\.(\d+)\.(\d+)", text, re.MULTILINE)
    numbers = [tuple(map(int, version)) for version in versions]
    assert all(newer > older for newer, older in pairwise(numbers)), numbers


def test_what_the_documents_point_at_is_there():
    offenders = []
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in DOCS:
        text = path.read_text(encoding="utf-8")
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", prose)
        offenders += [f"{name(path)}: {link}" for link in links if not (path.parent / link).exists()]
        commands = re.findall(r"(?:`|^)make ([a-z]+)\b", text, re.MULTILINE)
        offenders += [f"{name(path)}: make {target}" for target in commands if target not in targets]
    assert not offenders, "\n".join(offenders)


def test_claims_are_sentences_and_stand_on_real_parts():
    offenders = []
    for path in files("tests", ends={".py"}):
        text = path.read_text(encoding="utf-8")
        if re.search(r"unittest.mo" + "ck|from mo" + "ck|import mo" + r"ck\b|mo" + "cker", text):
            offenders.append(f"{name(path)}: a stand-in where a real part belongs")
        claims = [function for function in functions(ast.parse(text)) if function.name.startswith("test_")]
        short = [claim for claim in claims if len(claim.name.split("_")) < 4]
        offenders += [f"{name(path)}:{claim.lineno}: {claim.name} is no sentence" for claim in short]
    assert not offenders, "\n".join(offenders)


@pytest.mark.parametrize("starter", ["run.py", "start.cmd", "start.command", ".ci/run", "Makefile"])
def test_each_way_to_start_is_there(starter: str):
    assert (ROOT / starter).read_text(encoding="utf-8").strip()
