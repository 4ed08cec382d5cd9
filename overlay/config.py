"""The settings: command line, environment, `overlay.toml` in the data folder, defaults, in this order of strength.

The one file that reads the environment. A `Secret` never shows itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import platformdirs
from msgspec import Struct, field

from overlay.core.toml import BadToml, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
LEAST_PASSWORD: Final = 8
"""Characters. Asked of a new one on the settings page; one of the environment may be shorter, and is remarked upon."""


class Secret(str):
    """A text that must not be seen: prints as ***; `reveal()` gives it to whoever really needs it."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show nothing."""
        return "***"

    def __str__(self) -> str:
        """Show nothing."""
        return "***"

    def __format__(self, _spec: str) -> str:
        """Show nothing."""
        return "***"

    def reveal(self) -> str:
        """The text itself."""
        return "".join(self)


class BadSetting(Exception):
    """A setting that cannot be used: one sentence that names it."""


class Config(Struct, frozen=True, kw_only=True):
    """Everything that is fixed while the server runs."""

    host: str = "127.0.0.1"
    port: int = 8090
    folder: Path
    password: Secret | None = None
    allowed_hosts: tuple[str, ...] = ()
    tiktool_key: Secret | None = None
    tiktool_ws: str = "wss://api.tik.tools"
    tiktool_api: str = "https://api.tik.tools"
    tiktool_site: str = "https://tik.tools"
    fastmoss_api: str = "https://openapi.fastmoss.com"
    fastmoss_token: Secret | None = None
    preflight_s: float = 60.0
    pace_hz: float = 20.0
    log: str = "info"
    log_format: str = "text"
    express: bool = True
    streams_per_address: int = 1000
    demo: bool = False
    open_browser: bool = False
    furnish: bool = True  # whether a fresh folder gets a first creator and overlays

    @property
    def loopback_only(self) -> bool:
        """Whether nobody but this machine can reach the server."""
        return self.host in LOOPBACK or self.host.startswith("127.")

    @property
    def reachable(self) -> bool:
        """Whether others may come to it: over the network, or through a proxy on this machine."""
        return not self.loopback_only or bool(self.allowed_hosts)


NAMES: Final[dict[str, tuple[str, str]]] = {  # each with its environment variable and its name in overlay.toml
    "host": ("OVERLAY_HOST", "host"),
    "port": ("OVERLAY_PORT", "port"),
    "password": ("OVERLAY_PASSWORD", "password"),
    "allowed_hosts": ("OVERLAY_ALLOWED_HOSTS", "allowed_hosts"),
    "tiktool_key": ("TIKTOOL_API_KEY", "tiktool_api_key"),
    "tiktool_ws": ("OVERLAY_TIKTOOL_WS", "tiktool_ws"),
    "tiktool_api": ("OVERLAY_TIKTOOL_API", "tiktool_api"),
    "tiktool_site": ("OVERLAY_TIKTOOL_SITE", "tiktool_site"),
    "fastmoss_api": ("OVERLAY_FASTMOSS_API", "fastmoss_api"),
    "fastmoss_token": ("FASTMOSS_TOKEN", "fastmoss_token"),
    "preflight_s": ("OVERLAY_PREFLIGHT_S", "preflight_s"),
    "pace_hz": ("OVERLAY_PACE_HZ", "pace_hz"),
    "log": ("OVERLAY_LOG", "log"),
    "log_format": ("OVERLAY_LOG_FORMAT", "log_format"),
    "express": ("OVERLAY_EXPRESS", "express"),
    "streams_per_address": ("OVERLAY_STREAMS_PER_ADDRESS", "streams_per_address"),
}
SECRETS: Final = frozenset({"password", "tiktool_key", "fastmoss_token"})
LEVELS: Final = ("debug", "info", "warning", "error")


def data_folder(given: str | None, environment: Mapping[str, str]) -> Path:
    """Where everything is kept: as told, else the platform's own place."""
    told = given or environment.get("OVERLAY_DATA")
    return Path(told).expanduser() if told else Path(platformdirs.user_data_dir("overlay", appauthor=False))


def read_config(told: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Config:
    """Put the settings together; `told` is the command line (None: not told)."""
    env = os.environ if environment is None else environment
    folder = data_folder(told.get("folder"), env)
    kept = _read_toml(folder / "overlay.toml")
    values: dict[str, Any] = {"folder": folder}
    for name, (variable, key) in NAMES.items():
        for value, where in (
            (told.get(name), f"--{name.replace('_', '-')}"),
            (env.get(variable), variable),
            (kept.get(key), f"{key} in overlay.toml"),
        ):
            if value is not None and value != "":
                values[name] = _value(name, value, where)
                break
    for name in ("demo", "open_browser"):
        if told.get(name):
            values[name] = True
    config = Config(**values)
    _check(config)
    return config


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, BadToml) as error:
        raise BadSetting(f"overlay.toml in the data folder cannot be read: {error}") from None


def _value(name: str, value: Any, where: str) -> Any:
    if name in SECRETS:
        return Secret(str(value).strip())
    if name == "allowed_hosts":
        names = value if isinstance(value, list) else str(value).replace(",", " ").split()
        return tuple(str(entry).strip().lower() for entry in names if str(entry).strip())
    wanted = {"port": int, "preflight_s": float, "pace_hz": float, "express": bool, "streams_per_address": int}.get(
        name, str
    )
    try:
        return msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError:
        raise BadSetting(
            f"{where} must be a {'number' if wanted is not bool else 'true or false'}, not {value!r}."
        ) from None


def _check(config: Config) -> None:
    if not 0 <= config.port <= 65535:
        raise BadSetting(f"The port must be between 0 and 65535, not {config.port}.")
    if not 1 <= config.preflight_s <= 86_400:
        raise BadSetting("OVERLAY_PREFLIGHT_S must be between 1 and 86400 seconds.")
    if not 1 <= config.pace_hz <= 60:
        raise BadSetting("OVERLAY_PACE_HZ must be between 1 and 60.")
    if not 1 <= config.streams_per_address <= 1_000_000:
        raise BadSetting("OVERLAY_STREAMS_PER_ADDRESS must be between 1 and 1000000.")
    if config.log not in LEVELS:
        raise BadSetting(f"OVERLAY_LOG must be one of {', '.join(LEVELS)}.")
    if config.log_format not in {"text", "json"}:
        raise BadSetting("OVERLAY_LOG_FORMAT must be text or json.")


def check_reach(config: Config, *, has_password: bool) -> None:
    """Refuse a careless bind: without a password nothing but loopback, and no further names."""
    if has_password:
        return
    if not config.loopback_only:
        raise BadSetting(
            f"Listening on {config.host} needs a password: set OVERLAY_PASSWORD (or one on the settings page), "
            "or listen on 127.0.0.1."
        )
    if config.allowed_hosts:
        raise BadSetting("OVERLAY_ALLOWED_HOSTS needs a password: set OVERLAY_PASSWORD as well.")


def short_password(config: Config) -> str | None:
    """What is to be said of a password that is told and easily guessed; it is used all the same."""
    if config.password is None or len(config.password) >= LEAST_PASSWORD:
        return None
    where = ", and others can reach this server" if config.reachable else "; only this machine can try it"
    return f"OVERLAY_PASSWORD has fewer than {LEAST_PASSWORD} characters{where}"


class Bases(Struct, frozen=True):
    """The addresses of one TikTool, real or simulated."""

    ws: str
    api: str
    site: str
    key: Secret | None = None


class Limits(Struct, frozen=True):
    """Sizes that requests may have, as outsiders are told."""

    body: int = 1_000_000
    upload: int = 25_000_000
    bundle: int = 50_000_000
    restore: int = 4_000_000_000
    hook: int = 65_536
    extra: dict[str, int] = field(default_factory=dict)
