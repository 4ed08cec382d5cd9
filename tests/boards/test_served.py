"""Boards on a running server: a page that opens brings them, the status tells what is wrong with them."""

from __future__ import annotations

from overlay.web.studio.doctor import own_findings
from tests.serving import listening, serving


async def shown(events):
    """The next view with rows."""
    while True:
        event, told = await events.next()
        if event in {"hello", "view"} and told["view"]["entries"]:
            return told["view"]


async def test_a_page_brings_its_board_and_changed_options_bring_another(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator(source="simulator")
        widget = await served.widget(creator, "ranking")
        counts = served.house.simulator.counts
        assert counts["/webcast/leaderboard"] == 0
        async with listening(served, widget["key"]) as events:
            view = await shown(events)
            assert (view["region"], view["stale"], len(view["entries"])) == ("DE+", False, 5)
            assert view["me"]["rank"] > 0
            told = (await served.http.get("/api/status")).json()["boards"]
            assert told["region DE+"]["problem"] is None
            answer = await served.http.patch(f"/api/widgets/{widget['id']}", json={"options": {"region": "JP"}})
            assert answer.status_code == 200, answer.text
            while (await shown(events))["region"] != "JP":
                pass
        assert counts["/webcast/leaderboard"] == 2


async def test_sellers_of_a_simulated_creator_need_no_token(tmp_path):
    async with serving(tmp_path) as served:
        widget = await served.widget(await served.creator(source="simulator"), "sellers", options={"order": "gmv"})
        async with listening(served, widget["key"]) as events:
            view = await shown(events)
        money = [entry["usd"] for entry in view["entries"]]
        assert money == sorted(money, reverse=True)


async def test_without_keys_the_studio_is_told_and_the_overlay_stays_empty(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator()
        ranking = await served.widget(creator, "ranking", options={"region": "US+"})
        sellers = await served.widget(creator, "sellers")
        async with listening(served, ranking["key"], sellers["key"]) as events:
            await events.until("hello")
            told = {}
            while len([board for board in told.values() if board["problem"]]) < 2:
                told = (await served.http.get("/api/status")).json()["boards"]
            status = (await served.http.get("/api/status")).json()
            remarks = {widget["kind"]: widget["remark"] for widget in status["widgets"]}
            assert "no TikTool key" in remarks["ranking"]
            assert "FASTMOSS_TOKEN" in remarks["sellers"]
            doctor = own_findings(status)
            assert {row["found"] for row in doctor if not row["well"]} >= {board["problem"] for board in told.values()}
        sentences = " ".join(board["problem"] for board in told.values())
        assert "no TikTool key" in sentences
        assert "FASTMOSS_TOKEN" in sentences
        assert (await served.view(ranking["key"]))["entries"] == []


async def test_an_overlay_that_shows_whales_says_why_none_come(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator()
        widget = await served.widget(creator, "feed", options={"whales": 1000})
        served.house.whales.look()
        (told,) = [row for row in (await served.http.get("/api/status")).json()["widgets"] if row["id"] == widget["id"]]
        assert told["remark"].startswith("No gifts to other creators: no TikTool key")
