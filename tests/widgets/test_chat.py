"""Chat: the last lines the owner lets through; a deleted line is gone, whenever its deletion came."""

from __future__ import annotations

import itertools
from datetime import UTC

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.events import Badge
from overlay.core.facts import Part, Who
from overlay.core.scene import Scene
from overlay.core.transcript import KEPT, Transcript
from overlay.widgets import chat
from overlay.widgets.chat import Options

ADA = Who(key="id:1", id="1", handle="ada", name="Ada")
BOT = Who(key="id:2", id="2", handle="nightbot", name="𝓝ightBot")
MOD = Who(key="id:3", id="3", handle="mo", name="Mo", moderator=True)


class Room:
    """A chat in its room."""

    def __init__(self, **options):
        self.options = msgspec.convert(options, Options)
        self.scene = Scene("c", "luna", UTC, lambda address: f"/pictures/{len(address)}")
        self.state = Transcript()
        self.at_ms = 0
        self.said = 0

    def hear(self, fact):
        self.at_ms = fact.at_ms
        return self.state.fold(fact, self.scene)

    def say(self, text, who=ADA, *, at_ms=None, ids=(), **more):
        self.said += 1
        parts = more.pop("parts", (Part(text=text),))
        when = self.at_ms + 1_000 if at_ms is None else at_ms
        return self.hear(facts.Said(at_ms=when, who=who, id=f"m{self.said}", ids=ids, parts=parts, **more))

    def view(self, at_ms=None):
        made = chat.view(self.state, None, self.options, self.scene, self.at_ms if at_ms is None else at_ms)
        return msgspec.json.decode(msgspec.json.encode(made))["messages"]

    def texts(self, at_ms=None):
        return ["".join(part.get("text", "*") for part in line["parts"]) for line in self.view(at_ms)]


def test_a_line_has_the_form_of_the_contract():
    room = Room()
    room.say(
        "", at_ms=5, starred=True, reply_to=MOD,
        parts=(Part(text="hi "), Part(emote="7", image="https://p16.example/7.png"), Part(emote="8")),
        badges=(Badge(kind="level", text="31", image="https://p16.example/31.png", colour="#2A19EEBF"),),
    )  # fmt: skip
    assert room.view() == [
        {
            "id": "m1", "user": {"id": "1", "handle": "ada", "name": "Ada", "avatar": None, "level": None, "anonymous": False},
            "parts": [{"text": "hi "}, {"emote": "7", "image": "/pictures/25"}, {"emote": "8", "image": None}], "at_ms": 5,
            "badges": [{"kind": "level", "text": "31", "image": "/pictures/26"}],
            "reply_to": {"id": "3", "handle": "mo", "name": "Mo", "avatar": None, "level": None, "anonymous": False}, "starred": True,
        }
    ]  # fmt: skip


def test_the_last_rows_are_shown_oldest_first():
    room = Room(rows=3)
    for n in range(9):
        room.say(str(n))
    assert room.texts() == ["6", "7", "8"]


@pytest.mark.parametrize("by", ["m2", "7648470148944620002", "c0ffee00-0000-4000-8000-000000000002"])
def test_a_deleted_line_goes_by_any_of_its_ids(by):
    room = Room()
    room.say("first")
    room.say("rude", ids=("7648470148944620002", "c0ffee00-0000-4000-8000-000000000002"))
    assert room.hear(facts.Unsaid(at_ms=3_000, id=by))
    assert room.texts() == ["first"]
    assert not room.hear(facts.Unsaid(at_ms=3_100, id=by))


def test_a_line_whose_deletion_came_first_is_never_shown():
    room = Room()
    assert not room.hear(facts.Unsaid(at_ms=0, id="77"))
    assert not room.say("spam", ids=("77",), at_ms=59_999)
    assert room.texts() == []
    room.say("later", ids=("77",), at_ms=60_000)
    assert room.texts() == ["later"]


def test_a_deletion_lets_the_line_above_come_back_into_view():
    room = Room(rows=2)
    for text in ("a", "b", "c"):
        room.say(text)
    room.hear(facts.Unsaid(at_ms=9_000, id="m3"))
    assert room.texts() == ["a", "b"]


@pytest.mark.parametrize("text", ["!song", "/join", "  !song request", "！song", "!гимн"])
def test_commands_are_hidden_unless_wanted(text):
    room = Room()
    room.say(text)
    assert room.texts() == []
    room.options = Options(hide_commands=False)
    assert room.texts() == [text]


@pytest.mark.parametrize("text", ["!!!", "wow!", "! yes", "a/b", "/", "//"])
def test_what_only_looks_like_a_command_is_shown(text):
    room = Room()
    room.say(text)
    assert room.texts() == [text]


@pytest.mark.parametrize("name", ["nightbot", "@NightBot", "NIGHTBOT"])
def test_names_on_the_list_are_hidden_in_any_spelling(name):
    room = Room(hide_names=[name, ""])
    room.say("timer", BOT)
    room.say("hello")
    assert room.texts() == ["hello"]


def test_a_renamed_person_is_hidden_by_the_newest_name():
    room = Room(hide_names=["lovelace"])
    room.say("hello")
    room.scene.people.learn(msgspec.structs.replace(ADA, name="Lovelace"))
    assert room.texts() == []


@pytest.mark.parametrize(
    "word,text",
    [
        ("bad", "so BAD!"), ("BAD", "bad"), ("bad", "𝓫𝓪𝓭"), ("bad", "b\u200bad"), ("straße", "STRASSE"),
        ("two words", "these Two, words"), ("не", "Не!"), ("傻", "你傻吗"), ("ばか", "このばかもの"), ("🍆", "hey🍆🍆"), ("bad", "_bad_"),
    ],
)  # fmt: skip
def test_lines_with_a_listed_word_are_hidden(word, text):
    room = Room(hide_words=[word])
    room.say(text)
    room.say("fine")
    assert room.texts() == ["fine"]


@pytest.mark.parametrize(
    "word,text", [("bad", "badminton"), ("ass", "class"), ("two words", "two other words"), ("", "x"), (" ", "x")]
)
def test_a_listed_word_is_only_found_whole(word, text):
    room = Room(hide_words=[word])
    room.say(text)
    assert room.texts() == [text]


@pytest.mark.parametrize("text", ["see https://x.example/y", "WWW.evil.example", "buy at shop-now.com", "bit.ly/x"])
def test_links_are_hidden_when_asked(text):
    room = Room(hide_links=True)
    room.say(text)
    room.say("no link.really, 3.5 stars")
    assert room.texts() == ["no link.really, 3.5 stars"]


def test_lines_fade_and_the_next_fading_is_known():
    room = Room(fade_s=10)
    room.say("a", at_ms=1_000)
    room.say("b", at_ms=4_000)
    assert chat.wake(room.state, None, room.options, 4_000) == 11_000
    assert room.texts(10_999) == ["a", "b"]
    assert room.texts(11_000) == ["b"]
    assert chat.wake(room.state, None, room.options, 11_000) == 14_000
    assert room.texts(14_000) == []
    assert chat.wake(room.state, None, room.options, 14_000) is None


def test_lines_in_between_come_when_asked_and_say_what_they_are():
    room = Room(between=["join", "gift", "follow"])
    room.say("a", at_ms=1)
    room.hear(facts.Joined(at_ms=2, who=BOT))
    room.hear(facts.Followed(at_ms=3, who=BOT))
    credit = facts.Credit(
        at_ms=4, who=ADA, combo="x", gift_id="5655", gift_name="Rose", units=1, count=1, price=1, diamonds=1
    )
    room.hear(credit)
    room.say("b", at_ms=5)
    room.hear(msgspec.structs.replace(credit, at_ms=6, units=4, count=5, diamonds=4))
    assert [line.get("what") for line in room.view()] == [None, "join", "follow", "gift", None]
    gift = room.view()[3]
    assert (gift["count"], gift["diamonds"], gift["gift"]["name"], gift["parts"]) == (5, 5, "Rose", [])
    room.options = Options(between=["follow"])
    assert [line.get("what") for line in room.view()] == [None, "follow", None]
    room.options = Options()
    assert room.texts() == ["a", "b"]


def test_a_flood_of_joins_is_thinned():
    room = Room(between=["join"], rows=50)
    for n in range(400):
        room.hear(facts.Joined(at_ms=5 * n, who=BOT))
    assert len(room.view()) <= 10


def test_a_question_of_the_box_is_a_line_when_questions_are_highlighted():
    room = Room(highlight=["question"])
    room.hear(facts.Asked(at_ms=1, who=ADA, text="What song is next?"))
    assert room.texts() == ["What song is next?"]
    room.options = Options()
    assert room.texts() == []


def test_slow_mode_thins_a_flood_and_nothing_else():
    room = Room(rows=50)
    for n in range(50):
        room.say(str(n), at_ms=n)
    assert len(room.texts()) == 50
    for n in range(2_000):
        room.say(f"flood {n}", at_ms=1_000 + 20 * n)
    calm = room.view()
    gaps = [later["at_ms"] - sooner["at_ms"] for sooner, later in itertools.pairwise(calm)]
    assert min(gaps) >= 180
    room.say("order!", MOD, at_ms=41_000)
    assert room.texts()[-1] == "order!"
    room.options = Options(slow=False, rows=5)
    assert room.texts() == ["flood 1996", "flood 1997", "flood 1998", "flood 1999", "order!"]


@pytest.mark.parametrize("what", ["chat", "all"])
def test_a_reset_empties_the_chat_and_can_be_taken_back(what):
    room = Room()
    room.say("before")
    assert room.hear(facts.Cleared(at_ms=2_000, id="r1", what=what))
    assert room.texts() == []
    room.say("after")
    assert room.texts() == ["after"]
    assert room.hear(facts.Restored(at_ms=3_500, id="r1", what=what))
    assert room.texts() == ["before", "after"]
    assert not room.hear(facts.Restored(at_ms=3_600, id="r1", what=what))


def test_resets_of_other_things_leave_the_chat_alone():
    room = Room()
    room.say("before")
    for what in ("leaderboard", "goals", "captions", "battle"):
        assert not room.hear(facts.Cleared(at_ms=2_000, id=what, what=what))
    assert room.texts() == ["before"]


def test_many_resets_are_remembered_within_bounds():
    room = Room()
    for n in range(100):
        room.say(str(n))
        room.hear(facts.Cleared(at_ms=room.at_ms, id=str(n), what="chat"))
    assert room.hear(facts.Restored(at_ms=room.at_ms, id="99", what="chat"))
    assert room.texts() == ["99"]


def test_a_new_stream_begins_with_an_empty_chat_and_a_name_for_it_changes_nothing():
    room = Room()
    room.say("old")
    assert not room.hear(facts.StreamNamed(at_ms=2_000, old="open:1", stream="7"))
    assert room.texts() == ["old"]
    assert room.hear(facts.StreamBegan(at_ms=3_000, stream="8"))
    assert room.texts() == []


def test_a_line_heard_again_after_a_start_is_there_once():
    room = Room()
    room.say("once")
    room.said = 0
    assert not room.say("once")
    assert room.texts() == ["once"]


def test_memory_is_bounded():
    room = Room(rows=50)
    for n in range(3_000):
        room.say(str(n), ids=(f"a{n}", f"b{n}"))
        room.hear(facts.Followed(at_ms=room.at_ms, who=ADA))
        room.hear(facts.Unsaid(at_ms=room.at_ms, id=f"unknown{n}"))
        room.hear(facts.Unsaid(at_ms=room.at_ms, id=f"unknown again {n}"))
    assert len(room.state._by_id) <= 3 * KEPT
    assert len(room.state._tombs) <= 5_000
    assert len(room.texts()) == 50


@settings(max_examples=200)
@given(st.data())
def test_what_is_shown_is_what_was_said_and_not_deleted(data):
    room = Room(rows=data.draw(st.integers(1, 10)), slow=False)
    truth, dead = [], set()
    for n in range(1, data.draw(st.integers(1, 40)) + 1):
        if data.draw(st.booleans()):
            gone = data.draw(st.integers(1, 40))
            room.hear(facts.Unsaid(at_ms=room.at_ms + 10, id=data.draw(st.sampled_from([f"m{gone}", f"x{gone}"]))))
            dead.add(gone)
            truth = [known for known in truth if known != gone]
        assert room.said == n - 1
        room.say(str(n), ids=(f"x{n}",), at_ms=room.at_ms + 10)
        if n not in dead:
            truth.append(n)
        assert room.texts() == [str(known) for known in truth[-room.options.rows :]]
