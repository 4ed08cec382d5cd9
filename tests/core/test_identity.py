"""Who is who: keys by the best a frame has, mergers when a frame tells two of them, and nobody anonymous unmasked."""

from __future__ import annotations

import msgspec
import pytest

from overlay.core import events, facts
from overlay.core.events import Badge, Chat, Follow, Like, Person
from overlay.core.facts import Who
from overlay.core.text import ANONYMOUS
from tests.core.ledger_kit import Desk, names, rose

SEC = "MS4wLjABx"
FULL = Person(id="5", sec_uid=SEC, handle="Mira.Kay", nickname="Mira")


def who(person, desk=None):
    """The person of a fact about them."""
    desk = desk or Desk()
    return desk.hear(rose(1, who=person, ended=True, msg=f"m{len(desk.facts)}"))[-1].who


@pytest.mark.parametrize(
    "person, key, view_id",
    [
        (FULL, "id:5", "5"),
        (Person(sec_uid=SEC, handle="x", nickname="n"), f"sec:{SEC}", f"sec:{SEC}"),
        (Person(handle="Mira.KAY", nickname="n"), "handle:mira.kay", "handle:mira.kay"),
    ],
)
def test_the_key_is_the_best_that_a_frame_has(person, key, view_id):
    found = who(person)
    assert (found.key, found.id) == (key, view_id)


def test_a_nickname_is_a_key_for_one_stream_only():
    desk = Desk()
    bob = Person(nickname="Bob")
    desk.open()
    desk.hear(events.RoomInfo(room_id="R1"))
    first, again = who(bob, desk), who(bob, desk)
    assert first.key == again.key
    assert first.key.startswith("name:Bob")
    assert first.id == "name:Bob"
    desk.reconnect()
    desk.hear(events.RoomInfo(room_id="R2"))
    assert who(bob, desk).key != first.key


def test_a_nickname_key_survives_a_restart_and_the_naming_of_its_stream():
    desk = Desk()
    desk.open()
    first = who(Person(nickname="Bob"), desk)
    desk.hear(events.RoomInfo(room_id="R1"))
    desk.restart()
    assert who(Person(nickname="Bob"), desk).key == first.key


def test_frames_without_anybody_share_one_nameless_bucket():
    desk = Desk()
    told = desk.hear(Like(count=3), Like(person=Person(), count=4), Like(person=Person(anonymous=True), count=5))
    found = {(fact.who.key, fact.who.name, fact.who.anonymous) for fact in told if isinstance(fact, facts.Liked)}
    assert found == {("nobody", ANONYMOUS, False)}


# --- mergers ---


@pytest.mark.parametrize(
    "weak", [Person(handle="mira.kay"), Person(sec_uid=SEC), Person(sec_uid=SEC, handle="MIRA.kay")]
)
def test_a_row_under_a_weak_key_is_merged_when_the_id_is_told(weak):
    desk = Desk()
    before = who(weak, desk)
    told = desk.hear(rose(1, who=FULL, ended=True, msg="2"))
    assert [(fact.weak, fact.strong) for fact in told if isinstance(fact, facts.Merged)] == [(before.key, "id:5")]
    assert names(told) == ["Merged", "Credit"]
    assert who(weak, desk).key == "id:5"


def test_a_merger_is_told_once():
    desk = Desk()
    who(Person(handle="mira.kay"), desk)
    desk.hear(Like(person=FULL, count=1), Follow(person=FULL), Like(person=FULL, count=1))
    desk.restart()
    desk.hear(rose(1, who=FULL))
    assert len(desk.all(facts.Merged)) == 1


def test_a_chain_of_weak_keys_ends_at_the_id():
    desk = Desk()
    who(Person(handle="mira.kay"), desk)
    who(Person(sec_uid=SEC, handle="mira.kay"), desk)
    who(Person(id="5", sec_uid=SEC), desk)
    assert [(fact.weak, fact.strong) for fact in desk.all(facts.Merged)] == [
        ("handle:mira.kay", f"sec:{SEC}"),
        (f"sec:{SEC}", "id:5"),
    ]
    assert who(Person(handle="mira.kay"), desk).key == "id:5"


def test_nobody_known_by_their_id_alone_is_merged():
    desk = Desk()
    desk.hear(rose(1, who=FULL), rose(2, who=FULL), Like(person=FULL, count=1))
    assert not desk.all(facts.Merged)


def test_a_weak_key_merges_after_a_restart_too():
    desk = Desk()
    desk.hear(Like(person=Person(handle="mira.kay"), count=2))
    desk.restart()
    desk.hear(Like(person=FULL, count=1))
    assert [(fact.weak, fact.strong) for fact in desk.all(facts.Merged)] == [("handle:mira.kay", "id:5")]


def test_equal_nicknames_never_merge():
    desk = Desk()
    who(Person(nickname="Mira"), desk)
    desk.hear(rose(1, who=FULL), rose(1, who=Person(id="6", nickname="Mira")))
    assert not desk.all(facts.Merged)
    assert len({fact.who.key for fact in desk.all(facts.Credit)}) == 3


def test_a_handle_that_changes_hands_belongs_to_the_newest():
    desk = Desk()
    who(FULL, desk)
    who(Person(id="5", handle="mira.official"), desk)
    who(Person(id="9", handle="mira.kay"), desk)
    assert who(Person(handle="mira.kay"), desk).key == "id:9"
    assert who(Person(handle="mira.official"), desk).key == "id:5"
    assert not desk.all(facts.Merged)


def test_a_secuid_without_an_id_is_found_through_its_handle():
    desk = Desk()
    who(Person(id="5", handle="mira.kay"), desk)
    assert who(Person(sec_uid=SEC, handle="mira.kay"), desk).key == "id:5"
    assert who(Person(sec_uid=SEC), desk).key == "id:5"


def test_a_rounded_id_joins_nothing():
    desk = Desk()
    who(Person(handle="mira.kay"), desk)
    assert who(Person(id="6890011223344556000", handle="mira.kay", sec_uid=SEC), desk).key == "id:6890011223344556000"
    assert not desk.all(facts.Merged)
    assert who(Person(handle="mira.kay"), desk).key == "handle:mira.kay"
    assert who(Person(sec_uid=SEC), desk).key == f"sec:{SEC}"


def test_open_combos_and_transactions_move_to_the_stronger_key():
    desk = Desk()
    weak = Person(handle="mira.kay")
    desk.hear(rose(2, who=weak, tx="A"), rose(1, who=weak, gift="9", tx="B", ended=True), rose(3, who=weak, gift="8"))
    desk.at(11).hear(
        rose(4, who=FULL, tx="C"), rose(1, who=FULL, gift="9", tx="B", ended=True), rose(5, who=FULL, gift="8")
    )
    assert desk.total() == 4 + 1 + 5
    desk.hear(rose(6, who=FULL, tx="A"), rose(7, who=weak, tx="A"))
    assert desk.total() == 7 + 1 + 5


def test_combos_under_both_keys_go_on_from_the_higher():
    desk = Desk()
    desk.hear(rose(3, who=Person(handle="mira.kay")), rose(4, who=Person(id="5")))
    desk.hear(rose(5, who=FULL))
    assert desk.total() == 3 + 4 + 1
    assert {fact.count for fact in desk.all(facts.Credit)[-1:]} == {5}


def test_a_moved_combo_is_still_known_after_a_restart():
    desk = Desk()
    desk.hear(rose(2, who=Person(handle="mira.kay"), tx="A"))
    desk.hear(Like(person=FULL, count=1))
    desk.restart()
    desk.hear(rose(3, who=Person(id="5"), tx="A", ended=True))
    assert desk.total() == 3


def test_who_has_followed_under_a_weak_key_has_followed():
    desk = Desk()
    desk.hear(Follow(person=Person(handle="mira.kay")), Follow(person=FULL), Follow(person=Person(id="5")))
    assert len(desk.all(facts.Followed)) == 1
    desk.restart()
    desk.hear(Follow(person=FULL))
    assert len(desk.all(facts.Followed)) == 1


def test_a_truncated_giver_is_the_same_after_a_restart():
    desk = Desk()
    desk.hear(rose(2, who=FULL, tx="A", ended=True))
    desk.restart()
    desk.hear(
        rose(2, who=Person(handle="mira.kay"), tx="A", ended=True), rose(2, who=Person(sec_uid=SEC), tx="A", ended=True)
    )
    assert desk.total() == 2


def test_an_alias_first_told_by_a_like_is_kept_once_it_matters():
    desk = Desk()
    desk.hear(Like(person=FULL, count=1))
    assert not any(key.startswith("a:") for key in desk.rows)
    desk.hear(rose(2, who=FULL, tx="A", ended=True))
    desk.restart()
    desk.hear(rose(2, who=Person(handle="mira.kay"), tx="A", ended=True))
    assert desk.total() == 2


# --- anonymous ---


LEAKING = Person(id="5", sec_uid=SEC, handle="mira.kay", nickname="Enigma 91124", avatar="https://x/a", anonymous=True)


def test_an_anonymous_giver_is_a_row_of_their_own_and_never_unmasked():
    desk = Desk()
    named, hidden, again = who(FULL, desk), who(LEAKING, desk), who(FULL, desk)
    assert hidden.key == "anon:id:5"
    assert named.key == again.key == "id:5"
    assert again.name == "Mira"
    assert not desk.all(facts.Merged)
    shown = msgspec.structs.replace(hidden, key="")
    assert all(secret not in repr(shown).lower() for secret in ("mira", SEC.lower(), "'5'", "https"))
    assert (hidden.name, hidden.anonymous, hidden.handle, hidden.avatar) == ("Enigma 91124", True, None, None)


def test_what_leaks_from_an_anonymous_giver_joins_nothing():
    desk = Desk()
    who(Person(handle="mira.kay"), desk)
    who(LEAKING, desk)
    assert not desk.all(facts.Merged)
    assert who(Person(handle="mira.kay"), desk).key == "handle:mira.kay"
    assert who(Person(sec_uid=SEC), desk).key == f"sec:{SEC}"


def test_anonymous_givers_are_told_apart():
    desk = Desk()
    one = who(Person(id="7", nickname="Enigma A", anonymous=True), desk)
    other = who(Person(id="8", nickname="Enigma A", anonymous=True), desk)
    assert one.key != other.key
    assert one.id != other.id


def test_an_anonymous_giver_without_id_or_name_is_called_anonymous():
    assert who(Person(id="7", anonymous=True)).name == ANONYMOUS
    assert who(Person(nickname="Enigma Q", anonymous=True)).key.startswith("anon:name:Enigma Q")
    assert who(Person(sec_uid=SEC, anonymous=True)).key == f"anon:sec:{SEC}"


def test_an_anonymous_combo_is_not_a_named_one():
    desk = Desk()
    desk.hear(rose(2, who=FULL, tx="A"), rose(3, who=LEAKING, tx="B"), rose(3, who=FULL, tx="A"))
    assert desk.units() == {("id:5", "5655"): 3, ("anon:id:5", "5655"): 3}


# --- display ---


def test_display_data_is_the_newest_and_what_is_left_out_stays():
    desk = Desk()
    who(Person(id="5", handle="mira.kay", nickname="Mira", avatar="https://x/1", level=31), desk)
    found = who(Person(id="5", nickname="Mira K"), desk)
    assert (found.name, found.handle, found.avatar, found.level) == ("Mira K", "mira.kay", "https://x/1", 31)
    found = who(Person(id="5", handle="mira.official", avatar="https://x/2", level=32), desk)
    assert (found.name, found.handle, found.avatar, found.level) == ("Mira K", "mira.official", "https://x/2", 32)


def test_a_person_without_a_visible_name_is_shown_by_handle_else_as_anonymous():
    assert who(Person(id="5", handle="mira.kay", nickname="\u3164")).name == "@mira.kay"
    assert who(Person(id="5")).name == ANONYMOUS


def test_a_stand_in_for_a_name_gives_way_to_a_newer_handle():
    desk = Desk()
    assert who(Person(id="5"), desk).name == ANONYMOUS
    assert who(Person(id="5", handle="mira"), desk).name == "@mira"
    assert who(Person(id="5", handle="kay"), desk).name == "@kay"


def test_names_are_cleaned_before_they_are_facts():
    assert who(Person(id="5", nickname="\u202eMira\x00")).name == "Mira"


def test_whoever_keeps_people_is_asked_for_those_not_seen_lately():
    desk = Desk()
    desk.ledger.identity.known = {"id:5": Who(key="id:5", id="5", name="Mira", avatar="https://x/1")}.get
    found = who(Person(id="5", handle="mira.kay"), desk)
    assert (found.name, found.handle, found.avatar) == ("Mira", "mira.kay", "https://x/1")


def test_a_moderator_stays_one_until_their_badges_say_otherwise():
    desk = Desk()
    badge = Badge(kind="moderator")
    assert who(Person(id="5", moderator=True, badges=(badge,)), desk).moderator
    assert who(Person(id="5", nickname="x"), desk).moderator
    assert not who(Person(id="5", badges=(Badge(kind="level", text="3"),)), desk).moderator


def test_somebody_answered_to_is_shown_and_not_learned():
    desk = Desk()
    who(FULL, desk)
    told = desk.hear(Chat(person=Person(id="6"), text="hi", reply_to=Person(handle="mira.kay")))
    assert (told[-1].reply_to.key, told[-1].reply_to.name) == ("id:5", "Mira")
    told = desk.hear(Chat(person=Person(id="6"), text="ho", reply_to=Person(handle="tobi", nickname="Tobi")))
    assert told[-1].reply_to.name == "Tobi"
    desk.hear(rose(1, who=Person(id="7", handle="tobi")))
    assert not desk.all(facts.Merged)


def test_whoever_is_forgotten_leaves_no_name_and_no_handle_behind():
    desk = Desk()
    who(Person(handle="mira.kay"), desk)
    who(FULL, desk)
    assert any("mira" in key for key in desk.rows)
    desk.ledger.forget("id:5")
    desk.hear(events.Viewers(now=1))
    assert not any("mira" in key or b"mira" in row.lower() for key, row in desk.rows.items())
    assert who(Person(id="5"), desk).name == ANONYMOUS
    assert desk.units()["id:5", "5655"] == 2
