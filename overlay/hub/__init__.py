"""The hub: rooms by creator, the tick that folds, commits and pushes, and who watches what.

It never opens a socket or a file.
"""

from overlay.hub.hub import Hub
from overlay.hub.placed import Overridden, Placed, override, replaced
from overlay.hub.topics import Batch, Show, Stream, Topic

__all__ = ["Batch", "Hub", "Overridden", "Placed", "Show", "Stream", "Topic", "override", "replaced"]
