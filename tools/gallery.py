"""Takes a picture of every widget in every theme, and lays them out on one page: `make gallery`.

It starts `overlay demo` of its own, asks the API what there is, opens each widget's preview, and ends the server again.
It never touches a creator's own data; pictures go to `.cache/gallery`, with `index.html` to look through them.
"""

import argparse
import asyncio
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

from playwright.async_api import Browser

from tests.browser.browsers import open_page, started
from tools.browsers import find, why_missing

ROOT = Path(__file__).resolve().parent.parent
SETTLE_MS = 1500  # entrances are over
HEAD = """<!doctype html><meta charset="utf-8"><title>Gallery</title><style>
body{font:14px sans-serif;margin:24px;background:#777 linear-gradient(120deg,#223,#a67 60%,#fff)}
figure{display:inline-block;margin:8px;vertical-align:top}img{max-width:420px}
figcaption{color:#fff;text-shadow:0 0 3px #000}
</style>
"""


@contextmanager
def demo() -> Iterator[str]:
    """A demonstration server, and its address."""
    command = [sys.executable, "-m", "overlay", "demo", "--port", "0"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        said = server.stdout.readline() if server.stdout else ""
        found = re.fullmatch(r"ready (\S+)\n", said)
        if found is None:
            msg = "the demonstration did not start: the lines above say why"
            raise SystemExit(msg)
        yield found[1]
    finally:
        server.terminate()
        server.wait()


def rows(address: str, path: str) -> list[dict[str, Any]]:
    """A list that the API answers, bare or under its name."""
    with urlopen(urljoin(address, path), timeout=10) as answer:  # noqa: S310 - our own server
        said = json.load(answer)
    return said if isinstance(said, list) else next(value for value in said.values() if isinstance(value, list))


async def shoot(browser: Browser, address: str, path: Path, widget: dict[str, Any]) -> list[str]:
    """One picture; what went wrong in the page."""
    size = {"width": int(widget["width"]), "height": int(widget["height"])}
    opened = await open_page(browser, address, **size)
    await opened.page.wait_for_timeout(SETTLE_MS)
    (await opened.picture()).save(path)
    await opened.page.context.close()
    return opened.troubles


async def main(out: Path, only: str, chromium: str) -> int:
    """Every widget in every theme; how many pages had trouble."""
    program = find(chromium)
    if program is None:
        raise SystemExit(why_missing(chromium))
    figures, bad = [], 0
    with demo() as address:
        themes = [str(theme.get("name") or theme["id"]) for theme in rows(address, "api/themes")]
        widgets = {widget["kind"]: widget for widget in rows(address, "api/widgets") if only in widget["kind"]}
        async with started(program) as browser:
            for kind, widget in sorted(widgets.items()):
                for theme in themes:
                    page = urljoin(address, f"w/{widget['key']}?preview=1&theme={theme}")
                    name = f"{kind}-{theme}.png"
                    troubles = await shoot(browser, page, out / name, widget)
                    bad += bool(troubles)
                    print(name, *troubles, sep="\n  ")
                    figures.append(
                        f'<figure><img src="{html.escape(name)}"><figcaption>{kind} · {theme}</figcaption></figure>'
                    )
    (out / "index.html").write_text(HEAD + "\n".join(figures), encoding="utf-8")
    print(out / "index.html")
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=ROOT / ".cache" / "gallery")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--chromium", default="current", help="current, 103 or 127")
    told = parser.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    sys.exit(min(1, asyncio.run(main(told.out, told.only, told.chromium))))
