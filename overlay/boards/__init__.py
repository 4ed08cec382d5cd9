"""Boards from elsewhere: rankings and sellers, asked for by one poller a board only while a page shows it."""

from overlay.boards.boards import Boards
from overlay.boards.fastmoss import FastMoss
from overlay.boards.sources import Want

__all__ = ["Boards", "FastMoss", "Want"]
