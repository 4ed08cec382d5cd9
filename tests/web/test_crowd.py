"""How many streams an address may hold: enough for every studio, and not the room of everybody else."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import websockets

from overlay.web.crowd import NEAR, Crowd, neighbourhood
from tests.serving import serving


def test_an_address_from_elsewhere_has_its_own_count_and_gets_its_places_back() -> None:
    crowd = Crowd(2)
    assert [crowd.enter("192.0.2.7") for _ in range(3)] == [True, True, False]
    assert crowd.enter("192.0.2.8")
    assert all(crowd.enter("127.0.0.1") for _ in range(2 * NEAR))
    assert not crowd.enter("127.0.0.1")
    crowd.leave("192.0.2.7")
    assert crowd.enter("192.0.2.7")
    for address in ["192.0.2.7"] * 2 + ["192.0.2.8"] + ["127.0.0.1"] * 2 * NEAR:
        crowd.leave(address)
    assert not crowd._open


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("", "192.0.2.8", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_addresses_of_one_network_are_counted_together(one: str, other: str, together: bool) -> None:
    assert (neighbourhood(one) == neighbourhood(other)) is together


async def test_one_stream_too_many_is_429_and_finds_a_place_when_another_ends(tmp_path: Path) -> None:
    async with serving(tmp_path, streams_per_address=1) as served:
        board = await served.widget(await served.creator())
        path = f"/stream?w={board['key']}"
        async with contextlib.AsyncExitStack() as open_now:
            for _ in range(NEAR - 1):
                answer = await open_now.enter_async_context(served.http.stream("GET", path))
                assert answer.status_code == 200
            last = contextlib.AsyncExitStack()
            assert (await last.enter_async_context(served.http.stream("GET", path))).status_code == 200
            refused = await served.http.get(path)
            assert (refused.status_code, refused.json()["error"]) == (429, "too_many")
            with pytest.raises(websockets.InvalidStatus):
                await websockets.connect(f"ws://127.0.0.1:{served.port}{path}")
            assert (await served.http.get("/api/status")).status_code == 200
            await last.aclose()
            async with contextlib.AsyncExitStack() as again:
                for _ in range(100):
                    async with served.http.stream("GET", path) as answer:
                        if answer.status_code == 200:
                            break
                else:
                    again.push_async_callback(pytest.fail, "no place was free")
