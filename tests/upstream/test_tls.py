"""Over TLS, as TikTool is really reached: the same frames come, and whom to trust is read once for all lines."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from overlay.trust import trusted
from overlay.upstream.dial import Refused, dial
from overlay.upstream.masking import Masking

from .conftest import FAST, KEY, Answer, Tiktool

PAPERS = Path(__file__).parent / "tls/server.pem"
CHAT = '{"event":"chat","data":{"user":{"id":"1"},"comment":"hi"}}'
BIG = '{"event":"chat","data":{"user":{"id":"1"},"comment":"%s"}}' % ("x" * 300_000)
HANDLES = [f"one.{number}" for number in range(12)]


@pytest.fixture
def known(monkeypatch):
    """This machine trusts the stand-in."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PAPERS))
    trusted.cache_clear()
    yield
    trusted.cache_clear()


@pytest.fixture
async def tiktool():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(PAPERS)
    fake = Tiktool()
    await fake.start(tls)
    yield fake
    await fake.stop()


async def test_frames_and_answers_come_over_tls_as_they_were_sent(known, tiktool, hub, make, creator):
    tiktool.live["lin.sings"] = True
    await make(creator())
    socket = await tiktool.socket("lin.sings")
    said = [CHAT, BIG, CHAT, *[CHAT] * 200]
    for text in said:
        await socket.send(text)
    await hub.until(lambda: len(hub.frames) == len(said))
    assert hub.frames == [("lin", "live", text.encode()) for text in said]
    assert tiktool.asked("/webcast/bulk_live_check")


async def test_whom_to_trust_is_read_once_however_many_lines_there_are(known, tiktool, hub, make, creator, monkeypatch):
    readers: list[ssl.SSLContext] = []

    def counting(read):
        def counted(self, *files, **named):
            readers.append(self)
            read(self, *files, **named)

        return counted

    for name in ("load_verify_locations", "load_default_certs"):
        monkeypatch.setattr(ssl.SSLContext, name, counting(getattr(ssl.SSLContext, name)))
    tiktool.live |= dict.fromkeys(HANDLES, True)
    await make(*[creator(id=handle, handle=handle) for handle in HANDLES])
    for handle in HANDLES:
        await tiktool.socket(handle)
    assert set(readers) == {trusted()}


async def test_a_stranger_with_tiktool_s_address_gets_no_key_and_the_light_says_why(tiktool, hub, make, creator):
    trusted.cache_clear()
    upstream = await make(creator())
    await hub.until(lambda: hub.states)
    why = "TikTool cannot be reached: its certificate is not trusted here: self-signed certificate"
    assert hub.states == [("lin", "offline", why)]
    with pytest.raises(Refused, match="its certificate is not trusted here"):
        await dial(f"{tiktool.ws}/?apiKey={KEY}", timing=FAST, masking=Masking(), now_ms=lambda: 0)
    await upstream.stop()
    assert tiktool.requests == []
    assert tiktool.queries == []


async def test_a_light_that_nothing_could_be_asked_about_goes_out_of_its_own_way_again(
    known, tiktool, hub, make, creator
):
    tiktool.answers |= dict.fromkeys(["/webcast/bulk_live_check", "/webcast/live_status"], Answer(0))
    upstream = await make(creator())
    await hub.until(lambda: "cannot be reached" in (hub.states[-1][2] if hub.states else ""))
    tiktool.answers.clear()
    tiktool.live["lin.sings"] = False
    await hub.until(lambda: upstream.status("lin").reason == "not live")


@pytest.mark.parametrize("body", [None, "no list"])
def test_a_list_of_the_environment_that_is_none_keeps_no_server_from_starting(monkeypatch, tmp_path, body):
    path = tmp_path / "list.pem"
    if body is not None:
        path.write_text(body)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    trusted.cache_clear()
    assert trusted().cert_store_stats()["x509_ca"] > 50
    trusted.cache_clear()
