"""What every test may ask for. A fixture that one folder needs stands in that folder's own conftest."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.browser.fixtures"]

settings.register_profile("house", deadline=None)  # how long a call takes depends on what else the machine does
settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The older Chromiums run everything in the long form; in the short one only what is marked for every generation."""
    for item in items:
        if item.get_closest_marker("old_chromium") and not item.get_closest_marker("every_generation"):
            item.add_marker(pytest.mark.soak)
