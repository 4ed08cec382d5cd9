"""Threads that can wait give way to those that overlays wait for: to ours, and to OBS on the same machine.

Only what may take its time is modest: never the loop, and never the thread that commits.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import Final

GIVING_WAY: Final = 10


def be_modest() -> None:
    """This thread gives way from now on. Only on Linux: elsewhere a priority is the whole program's."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            me = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, me, max(GIVING_WAY, os.getpriority(os.PRIO_PROCESS, me)))
