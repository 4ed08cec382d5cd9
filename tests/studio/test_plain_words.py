"""What went wrong is said for creators: in their language, with the field by its label, and every reason has its words."""

from __future__ import annotations

import ast
import json
import re
import time
from pathlib import Path

import pytest

from overlay.core.liveness import Course, Sight, light
from overlay.core.replies import judge
from overlay.web.studio.keys import barred, refusal
from overlay.web.studio.said import PATTERNS, Said
from overlay.web.studio.words import Dictionary
from tests.serving import Served, serving

WORDS = Path("templates/studio/words")
HTML = {"Accept": "text/html"}
NOW_MS = 1_790_000_000_000


def studio(served: Served, **more: str) -> dict[str, str]:
    return {"Origin": served.base, "Sec-Fetch-Site": "same-origin", "Overlay-Studio": "1", **more}


@pytest.mark.parametrize(
    ("lang", "options", "told"),
    [
        ("en", {"rows": 99}, "“Rows” can be 20 at most."),
        ("de", {"rows": 99}, "„Zeilen“ kann höchstens 20 sein."),
        ("de", {"rows": "x"}, "„Zeilen“ muss eine ganze Zahl sein."),
        ("en", {"rotate": [{"metric": "zz"}]}, "“Take turns with further boards: What is counted” cannot be 'zz'."),
    ],
)
async def test_a_refusal_names_the_field_by_its_label_in_the_page_s_language(
    bare: Served, lang: str, options: dict, told: str
) -> None:
    board = await bare.widget(await bare.creator(), "leaderboard")
    headers = studio(bare, **{"Accept-Language": lang})
    answer = await bare.http.patch(f"/api/widgets/{board['id']}", json={"options": options}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["message"].replace("“", '"').replace("”", '"').replace("„", '"') == told.replace(
        "“", '"'
    ).replace("”", '"').replace("„", '"')


@pytest.mark.parametrize(
    ("place", "body", "kind", "told"),
    [
        ("/api/restore", b"no zip at all", "application/zip", "Diese Sicherung ist nicht vollständig: Sie wurde abgeschnitten"),
        ("/api/import", b"{", "application/json", "Diese Datei ist kein Export, oder sie wurde unterwegs beschädigt."),
        ("/studio/themes", b"no zip", "application/zip", "Das ist keine Zip-Datei."),
    ],
)  # fmt: skip
async def test_a_file_that_is_none_of_ours_is_refused_without_a_program_s_words(
    bare: Served, place: str, body: bytes, kind: str, told: str
) -> None:
    headers = studio(bare, **{"Accept-Language": "de", "Content-Type": kind})
    answer = await bare.http.post(place, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(told)
    assert not re.search(r"zip file|Error|byte|malformed|truncated", answer.json()["message"])


async def test_scripts_of_others_are_answered_in_english(bare: Served) -> None:
    board = await bare.widget(await bare.creator(), "leaderboard")
    answer = await bare.http.patch(
        f"/api/widgets/{board['id']}", json={"options": {"rows": 99}}, headers={"Accept-Language": "de"}
    )
    assert answer.json() == {
        "error": "invalid", "message": "options.rows may be at most 20.", "field": "options.rows",
    }  # fmt: skip


SAMPLES = (
    (r"\{[~!]\w+\}", ": a reason"), (r"\{\(\w+\}", " (a reason)"), (r"\{#\w+\}", "region US"), (r"\{/\w+\}", "theme.css"),
    (r"\{'\w+\}", "'7'"), (r"\{[=>@]?\w+\}", "7"),
)  # fmt: skip
"""What may stand in a slot of a pattern, by its sign."""


def test_every_pattern_has_words_in_every_language_and_is_found_again() -> None:
    said, dictionary = Said(), Dictionary(WORDS)
    for key, pattern in PATTERNS:
        sample = pattern
        for slot, filled in SAMPLES:
            sample = re.sub(slot, filled, sample)
        found = said.find(sample)
        assert found is not None, pattern
        for words in dictionary.languages.values():
            assert words.has(f"said.{key}"), key
        assert "said." not in said(dictionary.languages["de"], sample)


def reasons() -> list[str]:
    """The plain sentences by which the program itself explains a closed connection or a light."""
    found = []
    for name in ("closing", "liveness"):
        tree = ast.parse(Path(f"overlay/core/{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.keyword)
                and node.arg in {"reason", "loud"}
                and isinstance(node.value, ast.Constant)
            ):
                found += [node.value.value] if isinstance(node.value.value, str) else []
    return found


def test_every_reason_that_the_core_gives_is_known() -> None:
    said = Said()
    given = reasons()
    assert len(given) > 5
    sights = [
        light(Sight(course=Course(), now_ms=0)),
        light(Sight(course=Course(live=True), now_ms=0)),
        light(Sight(course=Course(), enabled=False, now_ms=0)),
        light(Sight(course=Course(ended=True), now_ms=0)),
        light(Sight(course=Course(), budget_full=True, now_ms=0)),
        light(Sight(course=Course(live=False), now_ms=0)),
    ]
    for sentence in [*given, *(reason for _, reason in sights)]:
        assert said.find(sentence) is not None, sentence


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b'{"message": "invalid key"}', "wrong"),
        (401, b'{"message": "API key expired"}', "expired"),
        (402, b"{}", "credits"),
        (403, b'{"message": "upgrade your plan"}', "tier"),
        (403, b"<html>sign in to the Wi-Fi", "html"),
        (200, b"<html>", "html"),
        (302, b"", "html"),
        (429, b"{}", "limited"),
        (500, b"<html>", "server"),
    ],
)
def test_every_way_in_which_a_key_cannot_be_checked_has_a_code_and_words(status: int, body: bytes, code: str) -> None:
    assert refusal(judge(status, {}, body, NOW_MS)) == code
    assert all(words.has(f"key.{code}") for words in Dictionary(WORDS).languages.values())


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (404, "user not found", "missing"),
        (400, "This account is private", "private"),
        (403, "age restricted stream", "age"),
        (400, "user is banned", "banned"),
        (400, "user is not currently live", None),
    ],
)
def test_why_a_creator_cannot_be_watched_is_told_apart(status: int, said: str, code: str | None) -> None:
    reply = judge(status, {}, json.dumps({"message": said}).encode(), NOW_MS)
    assert barred(reply) == code
    assert code is None or all(words.has(f"handle.{code}") for words in Dictionary(WORDS).languages.values())


async def test_a_key_that_could_not_be_checked_is_kept_and_never_looks_accepted(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    settings = {"tiktool_api": nobody, "tiktool_ws": "ws://127.0.0.1:9", "tiktool_site": nobody}
    async with serving(tmp_path, furnish=True, **settings) as served:
        told = await served.http.post(
            "/studio/start", json={"handle": "mira", "key": "tk_good_key_1234"}, headers=studio(served)
        )
        assert told.status_code == 200, told.text
        assert told.json()["checked"] is False
        assert [one["good"] for one in told.json()["answers"]] == [False, False]
        page = (await served.http.get("/", headers=HTML)).text
        step = page[page.index('data-step="connected"') - 60 : page.index('data-step="dragged"')]
        assert "step done" not in step
        assert "not checked yet" in step
        assert "data-recheck" in step
        assert "data-start" in step
        assert "not checked yet" in (await served.http.get("/settings", headers=HTML)).text
        again = await served.http.post("/studio/start/check", json={}, headers=studio(served))
        assert again.json()["checked"] is False
        status = (await served.http.get("/studio/status", headers=studio(served))).json()
        mira = next(one for one in status["creators"] if one["handle"] == "mira")
        assert "TikTool has not answered yet" in mira["reason"] or "cannot be reached" in mira["reason"]


async def test_new_overlays_have_names_of_their_own(bare: Served) -> None:
    creator = await bare.creator()
    made = [
        (
            await bare.http.post("/studio/widgets", json={"creator": creator, "kind": "goal"}, headers=studio(bare))
        ).json()
        for _ in range(3)
    ]
    assert [one["name"] for one in made] == ["Goal", "Goal 2", "Goal 3"]


async def test_what_becomes_of_a_test_is_said_and_it_counts_nowhere(bare: Served) -> None:
    creator = await bare.creator()
    board, alerts = await bare.widget(creator, "leaderboard"), await bare.widget(creator, "alerts")
    gift = {"event": "gift", "data": {"giftId": 5655, "giftName": "Rose", "diamondCount": 5, "repeatCount": 1}}

    async def sent(widget: dict) -> dict:
        return (await bare.http.post(f"/studio/widgets/{widget['id']}/test", json=gift, headers=studio(bare))).json()

    assert (await sent(board))["code"] == "counted"
    assert (await sent(alerts))["code"] == "waits"  # the one sent before is on stage
    await bare.http.patch(f"/api/widgets/{alerts['id']}", json={"options": {"min_diamonds": 100}})
    assert (await sent(alerts))["code"] == "too_small"
    big = {"event": "gift", "data": {**gift["data"], "diamondCount": 900_000}}
    tried = await bare.http.post(f"/studio/widgets/{board['id']}/try", json={"events": [big]}, headers=studio(bare))
    assert tried.json()["view"]["entries"][0]["user"]["name"] == "Mira Kay"
    assert (await bare.view(board["key"]))["entries"] == []


async def test_in_streamer_mode_no_secret_or_address_is_in_the_text_of_any_page(bare: Served) -> None:
    await bare.house.store.put_secret("tiktool_key", "tk_secret_key_wxyz")
    await bare.http.patch("/studio/preferences", json={"streamer_mode": True}, headers=studio(bare))
    settings = (await bare.http.get("/settings", headers=HTML)).text
    assert "wxyz" not in settings
    assert str(bare.house.config.folder) not in settings
    shown = re.sub(r'data-copy="[^"]*"', "", settings)
    assert "/hooks/tiktool/" not in shown


async def test_two_hundred_creators_cost_little_on_every_page(bare: Served) -> None:
    for number in range(200):
        await bare.house.store.add_creator({"handle": f"creator.{number:03}", "enabled": False})
    for place in ("/", "/creators", "/creators?q=creator.15&sort=handle", "/streams", "/rehearsal", "/obs"):
        best = 9.9
        for _ in range(3):
            began = time.process_time()
            answer = await bare.http.get(place, headers=HTML)
            best = min(best, time.process_time() - began)
        assert answer.status_code == 200
        assert len(answer.content) < 100_000, place
        assert best < 0.2, (place, best)


async def test_alerts_that_are_paused_or_muted_say_so_on_the_first_page_s_cards(bare: Served) -> None:
    creator = await bare.creator()
    alerts = await bare.widget(creator, "alerts")
    await bare.widget(creator, "goal")

    async def remarks() -> list[str | None]:
        status = (await bare.http.get("/studio/status", headers=studio(bare))).json()
        return [one["remark"] for one in status["widgets"]]

    assert await remarks() == [None, None]
    for order, said in (
        ("mute", "Muted: cards come without sound."),
        ("pause", "Paused: new alerts wait until you go on."),
        ("unmute", "Paused: new alerts wait until you go on."),
        ("resume", None),
    ):
        told = await bare.http.post(f"/api/widgets/{alerts['id']}/stage", json={"do": order})
        assert told.status_code < 300, told.text
        assert await remarks() == [said, None]
