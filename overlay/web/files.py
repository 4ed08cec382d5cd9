"""The API's calls that carry files: export and import, backup and restore, recordings and their rehearsal.

No rule stands here.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import zstandard
from msgspec import Struct
from quart import Response, request

from overlay.problems import Problem, read_as, unknown
from overlay.web.guard import need_fresh
from overlay.web.incoming import check_secrets, fit, holds_secrets, know_anew
from overlay.web.routes import Routes, json_answer, parts_of_body, read_body, read_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from overlay.config import Limits
    from overlay.house import House


MOST_LINES: Final = 2_000_000
"""Twenty-eight hours at twenty frames a second."""


class ReplayForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a rehearsal goes on."""

    speed: float | None = None
    paused: bool | None = None


class ForgetForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to be forgotten: the key as a past stream's totals name it."""

    person: str


def mount(routes: Routes, house: House, limits: Limits) -> None:
    """Put them into the app."""
    mount_whole(routes, house, limits)
    mount_recordings(routes, house, limits)


def mount_whole(routes: Routes, house: House, limits: Limits) -> None:
    """Everything at once, out and in. Long, because it is a list of calls, one after another."""
    desk = house.desk

    @routes.add("GET", "/api/export", "Every creator, widget and user theme; secrets only with ?secrets=1.")
    async def export() -> Any:
        with_secrets = request.args.get("secrets") == "1"
        if with_secrets:
            need_fresh(house)
        return await house.store.export(with_secrets=with_secrets)

    @routes.add("POST", "/api/import", "An export comes in, all or nothing.")
    async def import_() -> Response:
        document = await read_json(limits.bundle)
        secret = holds_secrets(document)
        if secret:
            need_fresh(house)
        brought = await desk.import_bundle(document, fit)
        if secret:
            await know_anew(house)
        return json_answer(brought)

    @routes.add("GET", "/api/backup", "The whole data folder as one file.")
    async def backup() -> Response:
        need_fresh(house)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="overlay-backup-"))
        target = folder / "overlay-backup.zip"
        try:
            await house.store.backup(target)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise
        headers = {"Content-Disposition": 'attachment; filename="overlay-backup.zip"'}
        return Response(sent(target), content_type="application/zip", headers=headers)

    @routes.add("POST", "/api/restore", "A backup takes the place of everything, all or nothing.")
    async def restore() -> Response:
        need_fresh(house)
        with tempfile.TemporaryDirectory(prefix="overlay-restore-") as folder:
            target = Path(folder) / "backup.zip"
            await received(target, limits.restore)
            await desk.restore(target, check_secrets)
            await know_anew(house)
        return json_answer({"restored": True})


def mount_recordings(routes: Routes, house: House, limits: Limits) -> None:  # noqa: C901  a list of calls
    """Recordings, rehearsals, forgetting. Long, because it is a list of calls, one after another."""
    desk = house.desk

    @routes.add("POST", "/api/creators/<creator>/replay", "Rehearse a recording, marked and counted nowhere.")
    async def replay(creator: str) -> Response:
        await desk.creator(creator)
        try:
            speed = float(request.args.get("speed", "1"))
        except ValueError:
            raise Problem("invalid", "The speed must be a number.", "speed") from None
        if request.mimetype == "application/json":
            given = await read_json(limits.body)
            recording = given.get("recording") if isinstance(given, dict) else None
            if not isinstance(recording, str):
                raise Problem("invalid", "Name a recording.", "recording")
            lines = [line async for line in house.store.recording_lines(recording)]
        else:
            lines = await asyncio.to_thread(unpack, await read_body(limits.upload))
        return json_answer(await house.rehearsals.begin(creator, lines, speed))

    @routes.add("GET", "/api/creators/<creator>/replay", "Where a rehearsal stands.")
    async def progress(creator: str) -> Any:
        found = house.rehearsals.progress(creator)
        if found is None:
            raise unknown("rehearsal")
        return found

    @routes.add("PATCH", "/api/creators/<creator>/replay", "Pause a rehearsal, or change its speed.", body=ReplayForm)
    async def change(creator: str, given: Any) -> Any:
        form = read_as(given, ReplayForm)
        return house.rehearsals.change(creator, speed=form.speed, paused=form.paused)

    @routes.add("DELETE", "/api/creators/<creator>/replay", "End a rehearsal.", answer=204)
    async def end(creator: str) -> Any:
        await house.rehearsals.end(creator)

    @routes.add("GET", "/api/recordings", "All recordings.")
    async def recordings() -> Any:
        return [msgspec.to_builtins(one) for one in await house.store.recordings(request.args.get("creator"))]

    @routes.add("DELETE", "/api/recordings/<recording>", "Delete a recording.", answer=204)
    async def drop(recording: str) -> Any:
        await house.store.drop_recording(recording)

    @routes.add("GET", "/api/recordings/<recording>", "One recording, as a file.")
    async def recording(recording: str) -> Response:
        path = await house.store.recording_path(recording)
        headers = {"Content-Disposition": 'attachment; filename="recording.jsonl.zst"'}
        return Response(sent(path, keep=True), content_type="application/zstd", headers=headers)

    @routes.add("POST", "/api/creators/<creator>/forget", "Forget a person: name, handle, picture.", body=ForgetForm)
    async def forget(creator: str, given: Any) -> Any:
        await desk.forget(creator, read_as(given, ForgetForm).person)


def unpack(body: bytes, most: int = 400_000_000) -> list[bytes]:
    """A recording's lines out of an upload, plain or zst; one that is cut off plays as far as it goes."""
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return split(body)
    plain = bytearray()
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
        while len(plain) < most:
            try:
                part = reader.read(1 << 20)
            except zstandard.ZstdError:
                break
            if not part:
                break
            plain += part
    return split(bytes(plain))


def split(plain: bytes) -> list[bytes]:
    """The lines, if there are not more of them than the longest stream has."""
    if plain.count(b"\n") > MOST_LINES:
        raise Problem("too_large", f"A recording may have at most {MOST_LINES:,} lines.", "file", 413)
    return plain.split(b"\n")


async def sent(path: Path, *, keep: bool = False) -> AsyncIterator[bytes]:
    """A file, piece by piece; a made one is removed afterwards."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while part := await asyncio.to_thread(file.read, 1 << 18):
            yield part
    finally:
        file.close()
        if not keep:
            await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)


async def received(path: Path, most: int) -> None:
    """The request's body into a file, up to a size."""
    size = 0
    with path.open("wb") as file:
        async for part in parts_of_body():
            size += len(part)
            if size > most:
                raise Problem("too_large", f"The backup may have at most {most} bytes.", None, 413)
            await asyncio.to_thread(file.write, part)
