"""A recording's lines out of a file, plain or zst, one after another.

It never reads what a line says.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader


MAGIC: Final = b"\x28\xb5\x2f\xfd"


def read_lines(name: str) -> Iterator[bytes]:
    """Every line of a recording; `-` is standard input. What a damaged zst file still holds is read."""
    if name == "-":
        yield from unpacked(io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False)))
        return
    with Path(name).open("rb") as file:
        yield from unpacked(file)


def unpacked(file: BufferedReader) -> Iterator[bytes]:
    """The lines of an open file, whichever way they are packed."""
    if not file.peek(4).startswith(MAGIC):
        yield from file
        return
    with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=False) as plain:
        reader = io.BufferedReader(plain)
        while True:
            try:
                line = reader.readline()
            except zstandard.ZstdError:
                return  # cut off in the middle of a frame: a server was killed while recording
            if not line:
                return
            yield line
