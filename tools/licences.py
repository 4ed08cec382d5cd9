"""Writes docs/licences.md: what the program is made of, and under which licence: `python -m tools.licences`.

Python packages are those of requirements.lock; what stands in this repository was written by others where a licence
stands beside it. It never guesses: a package without a known licence ends it.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

The program itself is under the MIT licence (`LICENSE`). It stands on the works below, all of which allow that.
This page is written by `make licences`; a test fails when it is not up to date.

"""
# Not installed on every platform, so their metadata cannot always be read.
ELSEWHERE = {"uvloop": "MIT OR Apache-2.0"}
# Classifiers and texts of packages that do not yet name their licence by its short name.
SHORT = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
FOUND = (
    ("SIL OPEN FONT LICENSE", "OFL-1.1"),
    ("Apache License", "Apache-2.0"),
    ("MIT License", "MIT"),
    ("Permission is hereby granted, free of charge", "MIT"),
    ("Permission to use, copy, modify, and/or distribute", "ISC"),
    ("CC0 1.0", "CC0-1.0"),
)


def locked() -> list[tuple[str, str]]:
    """Name and version of every package that runs."""
    lock = (ROOT / "requirements.lock").read_text()
    return re.findall(r"^([\w.-]+)==([^ \\;]+)", lock, re.MULTILINE)


def licence_of(name: str) -> str:
    """The short name of a package's licence."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    about = metadata.metadata(name)
    if "License-Expression" in about:
        return about["License-Expression"]
    for classifier in about.get_all("Classifier") or ():
        last = classifier.rpartition(" :: ")[2]
        if classifier.startswith("License ::") and last in SHORT:
            return SHORT[last]
    said = about["License"].strip() if "License" in about else ""
    if said and "\n" not in said:
        return SHORT.get(said, said)
    msg = f"{name} does not say its licence: look it up and add it to ELSEWHERE"
    raise SystemExit(msg)


def carried() -> list[tuple[str, str]]:
    """What others made and this repository carries: the licence's path, and its short name."""
    rows = []
    for folder in ("static", "themes"):
        for path in sorted((ROOT / folder).rglob("*LICEN[CS]E*")):
            text = path.read_text(encoding="utf-8")
            short = next((short for words, short in FOUND if words in text), None)
            if short is None:
                msg = f"{path} is no licence that is known here"
                raise SystemExit(msg)
            rows.append((path.relative_to(ROOT).as_posix(), short))
    return rows


def page() -> str:
    """The whole page."""
    packages = "".join(f"| {name} | {version} | {licence_of(name)} |\n" for name, version in locked())
    works = "".join(f"| `{path}` | {short} |\n" for path, short in carried())
    return (
        f"{HEAD}## Python packages\n\n| package | version | licence |\n| --- | --- | --- |\n{packages}\n"
        "## Carried in this repository\n\n"
        "Fonts, icons and scripts of others; each licence stands beside what it is for.\n\n"
        f"| licence | kind |\n| --- | --- |\n{works}"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stderr.write(f"{PAGE.relative_to(ROOT)} is up to date\n")
