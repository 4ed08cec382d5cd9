"""What every test may ask for. A fixture that one folder needs stands in that folder's own conftest."""

pytest_plugins = ["tests.browser.fixtures"]
