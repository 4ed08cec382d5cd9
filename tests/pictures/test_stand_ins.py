"""Invented pictures are drawn by the stand-in that invented them, if it is on this machine, and by nobody else."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from overlay.app import INVENTED_PICTURES, OUR_PICTURES, drawn_by
from overlay.pictures.checked import Refused, download
from overlay.simulator import Simulator
from tests.serving import serving

FACE = "avatar/lin.webp?x-expires=1"


async def test_a_stand_in_on_this_machine_draws_its_own_people_and_we_draw_ours(tmp_path):
    async with Simulator("quiet") as other, serving(tmp_path, tiktool_api=other.http_base) as served:
        pictures = served.house.pictures
        async with asyncio.timeout(10):
            while None in {pictures.address(base + FACE, "lin") for base in (INVENTED_PICTURES, OUR_PICTURES)}:
                await asyncio.sleep(0.02)
        for simulator in (other, served.house.simulator):
            assert simulator.counts["/pictures/avatar/lin.webp"] == 1


async def test_a_simulated_creators_pictures_are_ours(tmp_path):
    async with serving(tmp_path) as served:
        assert served.house.simulator.pictures.of("avatar", "lin").startswith(OUR_PICTURES)


@pytest.mark.parametrize("tiktool", ["https://api.tik.tools", "http://192.168.1.9:8091", "http://127.evil.example"])
def test_nobody_beyond_this_machine_is_asked_for_invented_pictures(tiktool):
    assert set(drawn_by(tiktool, "http://127.0.0.1:7").values()) == {"http://127.0.0.1:7/pictures/"}


@pytest.mark.parametrize(
    "path", ["../ws/sweep", "avatar/../../ws/sweep", "/evil", "a/%2E%2e/x", "a/./x", "..\\x", "a/.%2e/x"]
)
async def test_an_invented_address_leads_to_pictures_and_nowhere_else(path):
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(Refused, match="leaves"):
            await download(client, INVENTED_PICTURES + path, {INVENTED_PICTURES: "http://127.0.0.1:9/pictures/"})
