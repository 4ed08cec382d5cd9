"""No key in any log or error text, whoever writes it."""

from __future__ import annotations

import logging

import pytest

from overlay.upstream.masking import Masking

CANARY = "canary-secret-0815"


@pytest.fixture
def masking():
    filters = Masking()
    filters.learn(CANARY)
    return filters


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"wss://api.tik.tools/?uniqueId=a&apiKey={CANARY}", "wss://api.tik.tools/?uniqueId=a&apiKey=***"),
        ("GET /?apiKey=tk_abc&x=1 HTTP/1.1", "GET /?apiKey=***&x=1 HTTP/1.1"),
        ("jwtKey=eyJhbGci.x.y refused", "jwtKey=*** refused"),
        ("(b'x-api-key', b'tk_abc')", "(b'x-api-key', b'***')"),
        ("x-api-key: abc", "x-api-key: ***"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("tk_live_0815 and whsec_x3Vq", "tk_*** and whsec_***"),
        (f"an error about {CANARY}!", "an error about ***!"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(masking, text, shown):
    assert masking.text(text) == shown


def test_log_records_are_masked_with_their_arguments_and_tracebacks(masking, caplog):
    logger = logging.getLogger("masked.claim")
    masking.guard(logger)
    try:
        with caplog.at_level(logging.DEBUG):
            logger.info("dialling %s", f"apiKey={CANARY}")
            try:
                int(f"bad address apiKey={CANARY}")
            except ValueError:
                logger.exception("it failed for %s", CANARY)
        shown = logging.Formatter().format(caplog.records[-1])
        assert "bad address" in shown
        assert CANARY not in caplog.records[0].getMessage() + shown
    finally:
        masking.leave(logger)


def test_a_short_text_is_never_learnt(masking):
    masking.learn("the")
    assert masking.text("the end") == "the end"


async def test_an_address_that_cannot_be_used_never_shows_its_key(masking):
    from overlay.upstream.dial import Refused, address, dial
    from overlay.upstream.settings import Timing

    where = address("ws://localhost:99999", "/", CANARY, uniqueId="a b&c")
    assert where == f"ws://localhost:99999/?uniqueId=a%20b%26c&apiKey={CANARY}"
    with pytest.raises(Refused) as refused:
        await dial(where, timing=Timing(), masking=masking, now_ms=lambda: 0)
    assert CANARY not in str(refused.value) + repr(refused.value.ending)
