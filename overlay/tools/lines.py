"""A recording's lines out of a file, plain or zst, one after another."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_lines(name: str) -> Iterator[bytes]:
    """Every line of a recording; `-` is standard input. What a damaged zst file still holds is read."""
    if name == "-":
        yield from sys.stdin.buffer
        return
    with open(name, "rb") as file:  # noqa: PTH123  "-" and paths come the same way
        magic = file.read(4)
        file.seek(0)
        if magic != b"\x28\xb5\x2f\xfd":
            yield from file
            return
        with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as plain:
            reader = io.BufferedReader(plain)
            while True:
                try:
                    line = reader.readline()
                except zstandard.ZstdError:
                    return  # cut off in the middle of a frame: a server was killed while recording
                if not line:
                    return
                yield line
