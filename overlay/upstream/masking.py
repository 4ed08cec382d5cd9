"""Keys never reach a log or an error text: a filter for log records, and the same masking for any text.

TikTool wants the key in the socket's address, so libraries that log addresses would log the key. This module never
logs and never keeps more of a secret than the text it has to replace.
"""

from __future__ import annotations

import logging
import re
import traceback

PATTERNS = (
    (re.compile(r"(?i)\b(apiKey|jwtKey)=[^&\s\"'<>]+"), r"\1=***"),
    (re.compile(r"(?i)(x-api-key|authorization)(['\"]?\s*[:=,]\s*(?:b?['\"])?)(?:bearer\s+)?[^\s'\",)]+"), r"\1\2***"),
    (re.compile(r"\b(tk_|whsec_)[A-Za-z0-9_\-]+"), r"\1***"),
)
LIBRARIES = (
    "websockets", "websockets.client", "httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.http2",
    "httpcore.proxy", "httpcore.socks",
)  # fmt: skip


class Masking(logging.Filter):
    """Replaces secrets in log records; give it to loggers or to handlers."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: list[str] = []

    def learn(self, secret: str) -> None:
        """Masks this text too, from now on."""
        if len(secret) >= 6 and secret not in self._secrets:
            self._secrets.append(secret)
            self._secrets.sort(key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        for pattern, shown in PATTERNS:
            text = pattern.sub(shown, text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Masks a record; it is always let through."""
        shown = record.getMessage()
        masked = self.text(shown)
        if masked != shown:
            record.msg, record.args = masked, ()
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = self.text("".join(traceback.format_exception(record.exc_info[1])).rstrip())
        return True

    def guard(self, *loggers: logging.Logger) -> None:
        """Puts itself on our loggers and on those of the libraries that see the key."""
        for logger in (*loggers, *(logging.getLogger(name) for name in LIBRARIES)):
            if self not in logger.filters:
                logger.addFilter(self)

    def leave(self, *loggers: logging.Logger) -> None:
        """Takes itself off again."""
        for logger in (*loggers, *(logging.getLogger(name) for name in LIBRARIES)):
            logger.removeFilter(self)
