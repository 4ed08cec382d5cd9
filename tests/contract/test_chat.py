"""Chat: order, deletion, filters, badges and what stands in between, through `trace`."""

from __future__ import annotations

from typing import Any

from tests.contract.kit import LUNA, MIRA, OTTER, START, TOBI, chat, frame, gift, last, opened, person, trace, wait

BEGIN = opened(0)


def texts(view: dict[str, Any]) -> list[str]:
    return ["".join(part.get("text", "") for part in line["parts"]) for line in view["messages"]]


def deletes(t: int, key: str) -> dict[str, Any]:
    return frame(t, "imDelete", deletedMsgId=key)


def test_a_line_has_the_keys_of_the_contract():
    view = last("chat", [*BEGIN, chat(10, MIRA, "hi there", "m1")])
    assert set(view) == {"messages", "as_of_ms"}
    line = view["messages"][0]
    assert {"id", "user", "parts", "at_ms", "badges", "reply_to", "starred"} <= set(line)
    assert set(line["user"]) == {"id", "handle", "name", "avatar", "level", "anonymous"}
    assert (line["parts"], line["at_ms"], line["badges"], line["reply_to"]) == (
        [{"text": "hi there"}],
        START + 10,
        [],
        None,
    )
    assert isinstance(line["id"], str)
    assert not line["starred"]


def test_lines_stand_oldest_first_and_rows_limit_them():
    lines = [*BEGIN, *[chat(10 * n, person(n), f"line {n}") for n in range(1, 30)]]
    assert texts(last("chat", lines)) == [f"line {n}" for n in range(18, 30)]
    assert texts(last("chat", lines, {"rows": 2})) == ["line 28", "line 29"]


def test_direction_is_the_pages_and_changes_no_view():
    lines = [*BEGIN, chat(10, MIRA, "a"), chat(20, MIRA, "b")]
    assert last("chat", lines, {"direction": "down"}) == last("chat", lines, {"direction": "up"})


def test_a_deleted_line_leaves_by_any_of_its_ids():
    lines = [
        *BEGIN, chat(10, MIRA, "a", "101"), chat(20, TOBI, "b", "102", messageUuid="u-102"), chat(30, OTTER, "c", "103"),
        deletes(40, "101"), deletes(50, "u-102"),
    ]  # fmt: skip
    assert [texts(view) for view in trace("chat", lines)][-2:] == [["b", "c"], ["c"]]


def test_a_deletion_that_comes_first_holds_for_a_minute():
    lines = [*BEGIN, deletes(10, "7"), chat(59_000, MIRA, "never", "7"), wait(60_000)]
    assert texts(last("chat", lines)) == []
    lines = [*BEGIN, deletes(10, "7"), chat(61_000, MIRA, "later", "7")]
    assert texts(last("chat", lines)) == ["later"]


def test_a_line_sent_again_stands_once():
    assert texts(
        last("chat", [*BEGIN, chat(10, MIRA, "a", "1"), chat(20, MIRA, "a", "1"), chat(30, MIRA, "a", "2")])
    ) == ["a", "a"]


def test_commands_are_hidden_unless_wanted():
    lines = [*BEGIN, chat(10, MIRA, "!play song"), chat(20, MIRA, "hello!"), chat(30, MIRA, "/me")]
    assert "!play song" not in texts(last("chat", lines))
    assert "hello!" in texts(last("chat", lines))
    assert "!play song" in texts(last("chat", lines, {"hide_commands": False}))


def test_names_and_words_can_be_hidden():
    lines = [*BEGIN, chat(10, MIRA, "good day"), chat(20, TOBI, "you Darn dog"), chat(30, OTTER, "darned")]
    assert texts(last("chat", lines, {"hide_names": ["@Mira.Kay"]})) == ["you Darn dog", "darned"]
    assert texts(last("chat", lines, {"hide_names": ["papa otter"]})) == ["good day", "you Darn dog"]
    found = texts(last("chat", lines, {"hide_words": ["darn"]}))
    assert "you Darn dog" not in found
    assert "good day" in found


def test_a_line_fades_after_its_time():
    lines = [*BEGIN, chat(1000, MIRA, "a"), chat(3000, MIRA, "b"), wait(5999), wait(6000), wait(8000)]
    assert [texts(view) for view in trace("chat", lines, {"fade_s": 5})][2:] == [
        ["a"],
        ["a", "b"],
        ["a", "b"],
        ["b"],
        [],
    ]


def test_joins_gifts_and_follows_stand_in_between_if_wanted():
    lines = [
        *BEGIN, chat(10, MIRA, "a"), frame(20, "member", user=TOBI, action="join"), gift(30, OTTER, 5),
        frame(40, "follow", user=person(1)), chat(50, MIRA, "b"),
    ]  # fmt: skip
    assert len(last("chat", lines)["messages"]) == 2
    whole = last("chat", lines, {"between": ["join", "gift", "follow"]})["messages"]
    assert [line["user"]["name"] for line in whole] == ["Mira Kay", "Tobi W.", "Papa Otter", "Person 1", "Mira Kay"]
    for one, name in (("join", "Tobi W."), ("gift", "Papa Otter"), ("follow", "Person 1")):
        assert [line["user"]["name"] for line in last("chat", lines, {"between": [one]})["messages"]][1] == name


def test_badges_say_their_kind():
    badges = [
        {"url": "https://x.example/badge/grade_31.png", "name": "31"},
        {"url": "https://x.example/badge/fan.png", "name": "Lunatics"},
        {"url": "https://x.example/badge/moderator.png", "name": ""},
        {"url": "https://x.example/badge/sub.png", "name": ""},
    ]
    line = last("chat", [*BEGIN, chat(10, MIRA | {"badges": badges}, "hi")])["messages"][0]
    assert {badge["kind"] for badge in line["badges"]} == {"level", "fan", "moderator", "subscriber"}
    assert all({"kind", "text", "image"} <= set(badge) for badge in line["badges"])


def test_a_reply_names_whom_it_answers_and_a_star_is_told():
    reply = {"uniqueId": "tobi_w", "nickname": "Tobi W."}
    line = last("chat", [*BEGIN, chat(10, MIRA, "yes", replyToUser=reply, starred={"claps": 3, "score": 1200})])[
        "messages"
    ][0]
    assert line["reply_to"]
    assert "Tobi W." in str(line["reply_to"])
    assert line["starred"]


def test_emotes_are_parts_of_their_own():
    told = frame(10, "emoteChat", user=TOBI, emoteId="7012345", emoteUrl="https://x.example/e.png")
    parts = last("chat", [*BEGIN, told])["messages"][0]["parts"]
    assert [set(part) for part in parts] == [{"emote", "image"}]


def test_texts_are_cleaned_and_markup_stays_text():
    lines = [*BEGIN, chat(10, MIRA, "<b>x</b>\u202e\x07 ok")]
    assert texts(last("chat", lines)) == ["<b>x</b> ok"]


def test_slow_mode_thins_a_flood_and_keeps_everything_without_it():
    lines = [*BEGIN, *[chat(1000 + 10 * n, person(n), f"line {n}") for n in range(300)]]
    calm = trace("chat", lines, {"rows": 50})
    wild = trace("chat", lines, {"rows": 50, "slow": False})
    assert texts(wild[-1]) == [f"line {n}" for n in range(250, 300)]
    assert len({text for view in calm for text in texts(view)}) < 300


def test_slow_mode_leaves_an_ordinary_chat_alone():
    lines = [*BEGIN, *[chat(1000 * n, person(n), f"line {n}") for n in range(1, 11)]]
    assert len(texts(last("chat", lines))) == 10


def test_the_creators_own_lines_are_shown():
    assert texts(last("chat", [*BEGIN, chat(10, LUNA, "welcome")])) == ["welcome"]


def test_a_reset_empties_the_chat():
    assert texts(last("chat", [*BEGIN, chat(10, MIRA, "a"), {"t": 20, "reset": "chat"}, chat(30, MIRA, "b")])) == ["b"]


def test_a_new_stream_begins_with_an_empty_chat_or_keeps_no_older_line_twice():
    lines = [*BEGIN, chat(10, MIRA, "a"), *opened(100, "R2"), chat(200, MIRA, "b")]
    assert texts(last("chat", lines))[-1] == "b"
