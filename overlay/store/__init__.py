"""Everything that must outlast the process. The one place that knows SQL.

It never knows a rule of counting.
"""

from overlay.store.db import CannotWrite, FolderInUse, NotFound, Refused, StoreError
from overlay.store.outside import backup_folder, export_folder, restore_folder
from overlay.store.rows import CaptionsWanted, CreatorRow, WidgetRow, WidgetVersion
from overlay.store.store import Store

__all__ = [
    "CannotWrite",
    "CaptionsWanted",
    "CreatorRow",
    "FolderInUse",
    "NotFound",
    "Refused",
    "Store",
    "StoreError",
    "WidgetRow",
    "WidgetVersion",
    "backup_folder",
    "export_folder",
    "restore_folder",
]
