"""Logging: to standard error, as text or JSON, without secrets, control characters or addresses of overlays."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from overlay.config import Config

SECRETS: Final = re.compile(
    r"((?:apiKey|jwtKey|api_key|x-api-key|token|password|authorization)[\"']?\s*[=:]\s*[\"']?(?:Bearer\s+)?)[^\s&\"',}]+",
    re.IGNORECASE,
)
ADDRESSES: Final = re.compile(r"(/w/|[?&]w=)[A-Za-z0-9_-]{6,}")
KEYS: Final = re.compile(r"\b(tk_|ovl_|whsec_)[A-Za-z0-9_-]+")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def redact(text: str) -> str:
    """A line as it may be written: no secret, no overlay's address, nothing that moves a terminal's cursor."""
    text = SECRETS.sub(r"\1***", text)
    text = ADDRESSES.sub(r"\1***", text)
    text = KEYS.sub(r"\1***", text)
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class TextLines(logging.Formatter):
    """One line a record: time, level, text."""

    def format(self, record: logging.LogRecord) -> str:
        """Write it down."""
        when = time.strftime("%H:%M:%S", time.localtime(record.created))
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        lines = [redact(line) for line in text.split("\n")] if record.exc_info else [redact(text.replace("\n", "\\n"))]
        return f"{when} {record.levelname.lower():7} " + "\n".join(lines)


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Write it down."""
        told = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": redact(record.getMessage()),
        }
        if record.exc_info:
            told["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def set_up_logs(config: Config) -> None:
    """Everything goes to standard error; standard output is for the ready line."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines() if config.log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(config.log.upper())
    for noisy in ("httpx", "httpcore", "websockets", "hpack", "asyncio", "PIL"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
