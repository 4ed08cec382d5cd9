"""Sockets and HTTP to TikTool, for all creators: one live socket each, captions when wanted, preflight, webhooks.

It hands frames on as they are and never decodes or counts them. `Upstream` is the whole of it to the outside.
"""

from overlay.upstream.front import CreatorStatus, Upstream
from overlay.upstream.settings import Cache, CaptionSettings, CreatorSettings, Inbox, Timing
from overlay.upstream.trial import Trial, try_key

__all__ = [
    "Cache",
    "CaptionSettings",
    "CreatorSettings",
    "CreatorStatus",
    "Inbox",
    "Timing",
    "Trial",
    "Upstream",
    "try_key",
]
