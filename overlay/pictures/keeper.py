"""The keeper of pictures: which are here, which are on their way, which failed, and how much room they may take.

It never judges an address; `checked.py` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from overlay.modesty import be_modest
from overlay.pictures.checked import NOBODY, TIMEOUT_S, Refused, download, shrink
from overlay.trust import trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from overlay.clock import Clock

log = logging.getLogger("overlay.pictures")

MOST_KEPT: Final = 200_000_000
MOST_WAITING: Final = 2_000
MOST_MARKS: Final = 20_000
FETCHERS: Final = 4
BURST: Final = 60
A_SECOND: Final = 8
"""So many pictures at once, then so many a second: hundreds of creators' new faces must not take the processor from
what is shown."""
AGAIN_MS: Final = (60_000, 600_000, 3_600_000)
"""How long a picture that failed is left alone, first, second and from the third time on."""


def mark(secret: bytes, name: str) -> str:
    """What signs a picture's address as one of ours."""
    return hmac.digest(secret, name.encode(), "sha256").hex()[:24]


class Pictures:
    """All pictures of this server. `address` is asked by views and never waits."""

    def __init__(
        self,
        folder: Path,
        secret: bytes,
        clock: Clock,
        ready: Callable[[set[str]], None],
        *,
        stand_ins: Mapping[str, str] = NOBODY,
    ) -> None:
        """Keep files in `folder`; `ready` is told which creators' views may look different now.

        `stand_ins` is where simulators' pictures are to be had: what their addresses begin with, and their bases.
        """
        self._folder = folder
        self._mark = lru_cache(MOST_MARKS)(partial(mark, secret))  # views ask for the same ones again and again
        self._clock = clock
        self._ready = ready
        self._stand_ins = stand_ins
        self._here: OrderedDict[str, int] = OrderedDict()  # name -> size, the longest unused first
        self._size = 0
        self._names: OrderedDict[str, str] = OrderedDict()  # address at TikTok's -> name
        self._asked: dict[str, set[str]] = {}  # name -> creators that wait for it
        self._failed: dict[str, tuple[int, int]] = {}  # name -> (how often, not before)
        self._waiting: dict[str, str] = {}  # name -> address, the last one asked for at the end
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._client: httpx.AsyncClient | None = None
        self._free_s = 0.0  # the moment up to which the allowance is used up
        self._thread = ThreadPoolExecutor(1, "pictures", initializer=be_modest)

    async def start(self) -> None:
        """See what is kept, and begin to fetch."""
        self._here = await asyncio.to_thread(self._look)
        self._size = sum(self._here.values())
        self._make_room()
        agent = {"User-Agent": "overlay"}
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, headers=agent, trust_env=False, verify=trusted())
        self._tasks = [asyncio.create_task(self._fetch_all(), name="pictures") for _ in range(FETCHERS)]

    async def stop(self) -> None:
        """End all fetching."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> OrderedDict[str, int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob("*.tmp"):  # a write that was cut off
            left.unlink(missing_ok=True)
        files = [(path.stat(), path) for path in self._folder.glob("*.webp")]
        files.sort(key=lambda pair: pair[0].st_mtime)
        return OrderedDict((path.stem, stat.st_size) for stat, path in files)

    def address(self, url: str, creator: str) -> str | None:
        """Our address of a picture of TikTok's, or None while it is not here; then it is fetched."""
        name = self._names.get(url) or self._name(url)
        if name is None:
            return None
        if name in self._here:
            self._here.move_to_end(name)
            return f"/img/{self._mark(name)}/{name}"
        asked = self._asked.get(name)
        if asked is None:
            self._want(name, url, creator)
        else:
            asked.add(creator)
            if name in self._waiting:
                self._waiting[name] = self._waiting.pop(name)  # still on screen: before those that were asked for once
        return None

    def _name(self, url: str) -> str | None:
        known = self._names.get(url)
        if known is not None:
            return known
        try:
            parts = urlsplit(url)
        except ValueError:  # what frames bring is anybody's text
            return None
        if parts.scheme != "https" or not parts.netloc:
            return None
        # the query of an avatar's address is a signature that changes; the path is the picture
        name = hashlib.sha256(f"{parts.netloc}{parts.path}".encode("utf-8", "replace")).hexdigest()[:32]
        self._names[url] = name
        if len(self._names) > 50_000:
            self._names.popitem(last=False)
        return name

    def is_ours(self, mark: str, name: str) -> bool:
        """Whether this server has signed this picture's address."""
        return hmac.compare_digest(mark.encode(), self._mark(name).encode())

    async def read(self, mark: str, name: str) -> bytes | None:
        """A picture's bytes, or None."""
        if not self.is_ours(mark, name) or name not in self._here:
            return None
        try:
            return await asyncio.to_thread(self._read, name)
        except OSError:
            self._size -= self._here.pop(name, 0)
            return None

    def _read(self, name: str) -> bytes:
        path = self._folder / f"{name}.webp"
        with contextlib.suppress(OSError):
            os.utime(path)  # used just now: so it stands after a restart too
        return path.read_bytes()

    def forget(self, url: str) -> None:
        """A person is forgotten: their picture goes too."""
        name = self._name(url)
        if name is not None and name in self._here:
            self._drop(name)

    def _want(self, name: str, url: str, creator: str) -> None:
        failed = self._failed.get(name)
        if failed is not None and self._clock.now_ms() < failed[1]:
            return
        if len(self._waiting) >= MOST_WAITING:
            old = next(iter(self._waiting))
            del self._waiting[old]
            self._asked.pop(old, None)
        self._asked[name] = {creator}
        self._waiting[name] = url
        self._news.set()

    async def _fetch_all(self) -> None:
        while True:
            while self._waiting:
                await self._turn()
                if not self._waiting:
                    break
                await self._fetch(*self._waiting.popitem())  # what was asked for last is on screen
            self._news.clear()
            await self._news.wait()

    async def _turn(self) -> None:
        """Wait until one more may be fetched."""
        now_s = asyncio.get_running_loop().time()
        self._free_s = max(self._free_s, now_s - BURST / A_SECOND) + 1 / A_SECOND
        await asyncio.sleep(max(0.0, self._free_s - now_s))

    async def _fetch(self, name: str, url: str) -> None:
        if self._client is None:
            return
        try:
            body = await download(self._client, url, self._stand_ins)
            loop = asyncio.get_running_loop()
            size = await loop.run_in_executor(self._thread, self._keep_small, name, body)
        except (Refused, httpx.HTTPError, TimeoutError, OSError, ValueError, UnicodeError) as trouble:
            often = self._failed.get(name, (0, 0))[0]
            again_ms = self._clock.now_ms() + AGAIN_MS[min(often, len(AGAIN_MS) - 1)]
            self._failed[name] = (often + 1, again_ms)
            if len(self._failed) > 20_000:
                self._failed.pop(next(iter(self._failed)))
            log.debug("a picture could not be had: %s", type(trouble).__name__)
            self._asked.pop(name, None)
            return
        self._failed.pop(name, None)
        self._here[name] = size
        self._size += size
        self._make_room()
        self._ready(self._asked.pop(name, set()))

    def _make_room(self) -> None:
        while self._size > MOST_KEPT and self._here:
            self._drop(next(iter(self._here)))

    def _keep_small(self, name: str, body: bytes) -> int:
        """In the thread: the picture as it is shown, into its file; its size."""
        small = shrink(body)
        made = self._folder / f"{name}.tmp"
        made.write_bytes(small)
        made.replace(self._folder / f"{name}.webp")
        return len(small)

    def _drop(self, name: str) -> None:
        self._size -= self._here.pop(name, 0)
        with contextlib.suppress(OSError):
            (self._folder / f"{name}.webp").unlink(missing_ok=True)
