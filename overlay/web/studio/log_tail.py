"""The last lines of the log, kept in memory for the support bundle: redacted like every line that is written.

It never holds a secret.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Final

from overlay.logs import TextLines

LINES: Final = 400


class Tail(logging.Handler):
    """Keeps the last lines."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        super().__init__(logging.INFO)
        self.setFormatter(TextLines())
        self.lines: deque[str] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.lines.append(self.format(record))


def tail() -> Tail:
    """The one tail of this process, listening."""
    root = logging.getLogger()
    found = next((one for one in root.handlers if isinstance(one, Tail)), None)
    if found is None:
        found = Tail()
        root.addHandler(found)
    return found
