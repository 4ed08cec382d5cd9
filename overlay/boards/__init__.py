"""Boards from elsewhere: rankings and sellers, asked for by one poller a board only while a page shows it."""

from overlay.boards.boards import Boards, Want
from overlay.boards.fastmoss import FastMoss

__all__ = ["Boards", "FastMoss", "Want"]
