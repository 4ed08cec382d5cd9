"""Where the pages' parts are: templates, static files and themes.

In a checkout the three folders stand beside the package; in a wheel they travel inside it. This module only says
where; it never reads a file.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
FOLDERS = ("static", "templates", "themes")


def assets(package: Path = PACKAGE) -> Path:
    """The folder that holds `static`, `templates` and `themes`."""
    packed = package / "_assets"
    return packed if packed.is_dir() else package.parent
