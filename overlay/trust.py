"""Whom this program believes over TLS: read once, and shared by every connection to anywhere.

Left to themselves, HTTP clients read such a list for each client and WebSockets for each connection: 30 ms of the loop
and 860 kB apiece, five hundred times for an agency, and again whenever a network returns. The list is the machine's own
(which knows the root of a company or of a virus scanner that looks into TLS) and certifi's (because a Python from
python.org on a Mac knows none).
"""

from __future__ import annotations

import ssl
from functools import cache
from typing import Final

import httpx

UNTRUSTED: Final = "its certificate is not trusted here"


@cache
def trusted() -> ssl.SSLContext:
    """The list, as connections take it. Made when the first one wants it."""
    try:
        context = httpx.create_ssl_context()
    except OSError:  # the environment names a list that is none: without it the server must start all the same
        context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def what_failed(error: BaseException) -> str:
    """What a person is told of a line that did not come about."""
    why = _doubt(error)
    return str(error) or type(error).__name__ if why is None else f"{UNTRUSTED}: {why.verify_message}"


def is_untrusted(error: BaseException) -> bool:
    """Whether the other end could not prove who it is: an expired paper, a wrong clock here, somebody between."""
    return _doubt(error) is not None


def _doubt(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The doubt that is at the root of an error: libraries wrap it in their own."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error
