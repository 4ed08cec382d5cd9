"""Which stream it is, when it begins, when it ends, and when it only seemed to."""

from __future__ import annotations

import pytest

from overlay.core import events, facts, memory
from overlay.core.events import (
    Battle,
    Caption,
    Chat,
    Checked,
    Control,
    EndAnnounced,
    Follow,
    Join,
    Like,
    Notice,
    Pin,
    RoomInfo,
    Share,
    StreamEnd,
    Title,
    Viewers,
)
from tests.core.ledger_kit import ANN, BOB, START_MS, Desk, names, rose

HELLO = Chat(person=ANN, text="hello")
AGAIN = Chat(person=ANN, text="hello again")  # an equal line after a reconnect would be a replay
TURNS = (facts.StreamBegan, facts.StreamNamed, facts.StreamEnding, facts.StreamWentOn, facts.StreamEnded)


def turns(desk):
    """The life of the streams in short."""
    found = []
    for fact in desk.facts:
        match fact:
            case facts.StreamBegan():
                found.append(f"began {fact.stream}")
            case facts.StreamNamed():
                found.append(f"{fact.old} is {fact.stream}")
            case facts.StreamEnding():
                found.append(f"ending {fact.reason}")
            case facts.StreamWentOn():
                found.append("went on")
            case facts.StreamEnded():
                found.append(f"ended {fact.reason}")
    return found


def live(room="R1"):
    """A desk in the middle of a stream."""
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id=room), HELLO)
    return desk


# --- beginning ---


def test_the_first_frame_names_a_stream_and_does_not_begin_it():
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), Viewers(now=3))
    assert turns(desk) == []
    assert desk.ledger.room_id == "R1"
    assert desk.ledger.stream is None
    desk.hear(HELLO)
    assert turns(desk) == ["began R1"]
    assert desk.ledger.stream == "R1"


@pytest.mark.parametrize(
    "event",
    [
        HELLO,
        rose(1),
        Like(count=1),
        Join(person=BOB),
        Follow(person=BOB),
        Share(person=BOB),
        events.Subscribe(person=BOB),
        Battle(status=1),
        events.Armies(status=1),
        Caption(text="la"),
    ],
)
def test_any_viewers_event_proves_that_the_creator_is_live(event):
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), event)
    assert turns(desk) == ["began R1"]
    assert desk.ledger.last_viewer_event_ms == START_MS


@pytest.mark.parametrize(
    "event",
    [
        Viewers(now=5),
        Control(action=1),
        Title(title="x"),
        Pin(text="x"),
        events.CoHosts(),
        Caption(socket="captions", text="la"),
        events.Heartbeat(),
        events.Other(name="x"),
    ],
)
def test_other_events_prove_nothing(event):
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), event)
    assert turns(desk) == []
    assert desk.ledger.last_viewer_event_ms is None


def test_a_live_answer_proves_the_room_that_the_connection_names():
    desk = Desk()
    desk.hear(Checked(live=True))
    desk.at(5).open()
    desk.hear(RoomInfo(room_id="R1"))
    assert turns(desk) == ["began R1"]


def test_a_live_answer_of_long_ago_proves_nothing():
    desk = Desk()
    desk.hear(Checked(live=True))
    desk.at(121).open()
    desk.hear(RoomInfo(room_id="R1"))
    assert turns(desk) == []


def test_a_live_answer_with_another_room_begins_its_stream():
    desk = live()
    desk.cut()
    desk.hear(Checked(live=True, room_id="R2"))
    assert turns(desk) == ["began R1", "ended new_room", "began R2"]


def test_the_room_heard_on_the_socket_goes_before_that_of_an_answer():
    desk = live()
    desk.hear(Checked(live=True, room_id="R2"))
    assert turns(desk) == ["began R1"]


def test_without_the_first_frame_the_answers_room_serves():
    desk = Desk()
    desk.hear(Checked(live=True, room_id="R1"))
    desk.open()
    desk.hear(HELLO)
    assert turns(desk) == ["began R1"]


def test_an_offline_answers_room_means_nothing():
    desk = Desk()
    desk.hear(Checked(live=False, room_id="R0"))
    desk.open()
    desk.hear(HELLO)
    assert turns(desk) == [f"began open:{START_MS}"]


def test_a_stream_without_any_id_is_named_when_one_comes():
    desk = Desk()
    desk.open()
    desk.hear(HELLO)
    assert desk.ledger.room_id is None
    desk.at(1).hear(RoomInfo(room_id="R1"), HELLO)
    assert turns(desk) == [f"began open:{START_MS}", f"open:{START_MS} is R1"]
    assert desk.ledger.stream == desk.ledger.room_id == "R1"


def test_a_live_answer_names_a_stream_without_an_id():
    desk = Desk()
    desk.open()
    desk.hear(HELLO, Checked(live=True, room_id="R1"))
    assert turns(desk)[1:] == [f"open:{START_MS} is R1"]


def test_a_stream_without_an_id_is_named_over_a_reconnect_too():
    desk = Desk()
    desk.open()
    desk.hear(HELLO)
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R1"), AGAIN)
    assert turns(desk)[1:] == [f"open:{START_MS} is R1"]


def test_a_name_that_belongs_to_an_earlier_stream_goes_on_with_that_one():
    desk = live()
    desk.cut()
    desk.pass_ms(40 * 60_000)
    desk.open()
    desk.hear(AGAIN)
    began = f"open:{desk.now_ms}"
    desk.hear(RoomInfo(room_id="R1"), Chat(person=BOB, text="bye"))
    assert turns(desk) == ["began R1", "ended new_room", f"began {began}", "ended new_room", "began R1"]


@pytest.mark.parametrize("gap_min, goes_on", [(29, True), (30, False), (300, False)])
def test_without_any_id_a_stream_goes_on_for_half_an_hour(gap_min, goes_on):
    desk = live()
    desk.cut()
    desk.pass_ms(gap_min * 60_000)
    desk.open()
    desk.pass_ms(40 * 60_000)  # a quiet room is not a closed socket
    desk.hear(AGAIN)
    assert (turns(desk) == ["began R1"]) is goes_on


def test_without_any_id_an_ended_stream_does_not_go_on():
    desk = live()
    desk.hear(Control(action=3))
    desk.reconnect()
    desk.hear(AGAIN)
    assert turns(desk)[-2:] == ["ended control3", f"began open:{desk.now_ms}"]


def test_the_same_room_after_any_gap_is_the_same_stream():
    desk = live()
    desk.cut()
    desk.pass_ms(5 * 3_600_000)
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), AGAIN)
    assert turns(desk) == ["began R1"]


def test_another_room_ends_the_stream_and_begins_its_own():
    desk = live()
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R2"))
    assert turns(desk) == ["began R1"]
    desk.hear(AGAIN)
    assert turns(desk) == ["began R1", "ended new_room", "began R2"]


def test_a_first_frame_of_a_stale_room_leaves_the_last_boards_standing():
    desk = live()
    desk.cut(4005)
    desk.at(600).open()
    desk.hear(RoomInfo(room_id="R0", viewers=0), Viewers(now=0))
    desk.cut(4404)
    assert turns(desk) == ["began R1", "ending 4005", "ended 4005"]


# --- ends ---


@pytest.mark.parametrize("signal, reason", [(Control(action=3), "control3"), (StreamEnd(reason="3"), "streamEnd")])
def test_an_end_signal_is_confirmed_by_the_closing_socket(signal, reason):
    desk = live()
    desk.hear(signal)
    assert turns(desk)[1:] == [f"ending {reason}"]
    assert desk.ledger.ending_since_ms == desk.now_ms
    desk.at(1).cut(1000)
    assert turns(desk)[1:] == [f"ending {reason}", f"ended {reason}"]
    assert desk.ledger.ending_since_ms is None


def test_an_end_signal_is_confirmed_by_an_offline_answer():
    desk = live()
    desk.hear(Control(action=3))
    desk.at(20).hear(Checked(live=None))
    assert turns(desk)[1:] == ["ending control3"]
    desk.hear(Checked(live=False))
    assert turns(desk)[1:] == ["ending control3", "ended control3"]


@pytest.mark.parametrize("code", [4005, 4001])
def test_close_4005_is_signal_and_confirmation_at_once(code):
    desk = live()
    told = desk.cut(code, "STREAM_END")
    assert names(told) == ["StreamEnding", "SocketClosed", "StreamEnded"]
    assert turns(desk)[-1] == "ended 4005"


@pytest.mark.parametrize("reason", ["tier limit reached", "Duration exceeded", "please upgrade"])
def test_close_4005_with_a_limit_in_its_reason_is_no_end(reason):
    desk = live()
    desk.cut(4005, reason)
    assert turns(desk) == ["began R1"]


def test_close_4005_after_a_limit_notice_is_no_end():
    desk = live()
    desk.hear(Notice(kind="session_limit", text="over"))
    desk.cut(4005)
    assert turns(desk) == ["began R1"]


@pytest.mark.parametrize("code", [1000, 1006, 4006, 4404, 4429, 4500, 4555])
def test_a_lost_connection_is_not_an_end(code):
    desk = live()
    desk.cut(code)
    assert turns(desk) == ["began R1"]


def test_the_first_signal_names_the_reason():
    desk = live()
    desk.hear(Control(action=3), StreamEnd())
    desk.cut(4005)
    assert turns(desk)[1:] == ["ending control3", "ended control3"]


@pytest.mark.parametrize("action", [None, 0, 1, 2, 4])
def test_other_control_codes_are_never_the_end(action):
    desk = live()
    desk.hear(Control(action=action))
    desk.cut(1000)
    assert turns(desk) == ["began R1"]


def test_viewers_events_after_the_signal_cancel_it():
    desk = live()
    desk.hear(Control(action=3))
    desk.at(1).hear(HELLO)
    assert turns(desk)[1:] == ["ending control3", "went on"]
    assert desk.ledger.ending_since_ms is None
    desk.cut(1006)
    assert turns(desk)[1:] == ["ending control3", "went on"]


def test_a_live_answer_cancels_an_end_too():
    desk = live()
    desk.hear(Control(action=3), Checked(live=True, room_id="R1"))
    assert turns(desk)[1:] == ["ending control3", "went on"]


def test_frames_repeated_after_the_signal_do_not_cancel_it():
    desk = live()
    desk.hear(Chat(person=ANN, text="x", msg_id="1"), Control(action=3), Chat(person=ANN, text="x", msg_id="1"))
    desk.hear(Viewers(now=1), Control(action=1))
    assert turns(desk)[1:] == ["ending control3"]


def test_a_repeated_end_signal_does_not_end_again():
    desk = live()
    desk.hear(Control(action=3, msg_id="9"), HELLO, Control(action=3, msg_id="9"))
    assert turns(desk)[1:] == ["ending control3", "went on"]


def test_a_stream_ended_too_early_goes_on_when_its_viewers_are_heard():
    desk = live()
    desk.hear(Control(action=3))
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R1"))
    assert turns(desk)[-1] == "ended control3"
    desk.hear(AGAIN)
    assert turns(desk)[-1] == "went on"


def test_the_end_closes_combos_at_the_signal_and_takes_the_pin_at_the_end():
    desk = live()
    desk.hear(rose(3), Pin(person=ANN, text="x", duration_s=600))
    assert names(desk.hear(Control(action=3))) == ["ComboEnded", "StreamEnding"]
    assert names(desk.cut()) == ["SocketClosed", "Unpinned", "StreamEnded"]


def test_an_end_signal_before_anything_was_heard_is_nothing():
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), Control(action=3))
    desk.cut(4005)
    assert turns(desk) == []


def test_an_end_signal_of_a_room_that_has_not_begun_does_not_end_the_last():
    desk = live()
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R2"), Control(action=3))
    assert turns(desk) == ["began R1"]


# --- answers ---


def test_two_offline_answers_a_minute_apart_end_a_stream_without_a_socket():
    desk = live()
    desk.cut()
    desk.at(10).hear(Checked(live=False))
    desk.at(69.9).hear(Checked(live=False))
    assert turns(desk) == ["began R1"]
    desk.at(70).hear(Checked(live=False))
    assert turns(desk) == ["began R1", "ended offline"]


@pytest.mark.parametrize("before", [(), (RoomInfo(room_id="R1"), HELLO, StreamEnd(reason="3"), Checked(live=False))])
def test_an_offline_answer_about_nothing_that_runs_leaves_nothing_to_keep(before):
    desk = Desk()
    if before:
        desk.open()
        desk.hear(*before)
        desk.cut()
    desk.at(120).hear()
    desk.ledger.hear(Checked(live=False), desk.now_ms)
    assert memory.STREAM not in desk.ledger.drain()


def test_one_offline_answer_or_any_number_of_unknowns_is_not_an_end():
    desk = live()
    desk.cut()
    desk.at(10).hear(Checked(live=False))
    for second in range(20, 400, 20):
        desk.at(second).hear(Checked(live=None))
    assert turns(desk) == ["began R1"]


def test_a_live_answer_between_two_offline_ones_starts_the_count_anew():
    desk = live()
    desk.cut()
    desk.at(10).hear(Checked(live=False))
    desk.at(40).hear(Checked(live=True))
    desk.at(80).hear(Checked(live=False))
    assert turns(desk) == ["began R1"]
    desk.at(140).hear(Checked(live=False))
    assert turns(desk)[-1] == "ended offline"


def test_offline_answers_do_not_end_a_stream_whose_socket_is_open():
    desk = live()
    desk.hear(Checked(live=False))
    desk.at(100).hear(Checked(live=False))
    assert turns(desk) == ["began R1"]
    desk.cut()
    desk.hear(Checked(live=False))
    assert turns(desk) == ["began R1"]


def test_offline_answers_count_over_a_restart():
    desk = live()
    desk.cut()
    desk.at(10).hear(Checked(live=False))
    desk.restart(after_ms=70_000)
    desk.hear(Checked(live=False))
    assert turns(desk)[-1] == "ended offline"


# --- webhooks ---


def test_a_webhooks_end_of_the_present_room_is_a_signal():
    desk = live()
    desk.at(31).hear(EndAnnounced(room_id="R1"))
    assert turns(desk)[1:] == ["ending webhook"]
    desk.hear(Checked(live=False))
    assert turns(desk)[1:] == ["ending webhook", "ended webhook"]


@pytest.mark.parametrize("room", ["R0", None])
def test_a_webhooks_end_of_another_room_or_of_none_is_nothing(room):
    desk = live()
    desk.at(31).hear(EndAnnounced(room_id=room))
    assert turns(desk) == ["began R1"]
    assert desk.ledger.ending_since_ms is None


def test_a_webhooks_end_while_viewers_are_heard_is_only_a_reason_to_check():
    desk = live()
    desk.hear(rose(1), EndAnnounced(room_id="R1"))
    assert turns(desk) == ["began R1"]
    assert not desk.all(facts.ComboEnded)
    assert desk.ledger.ending_since_ms is not None
    desk.hear(HELLO)
    assert desk.ledger.ending_since_ms is None
    desk.hear(EndAnnounced(room_id="R1"), Checked(live=False))
    assert turns(desk) == ["began R1", "ended webhook"]


def test_a_webhooks_end_after_the_line_was_lost_waits_for_a_check():
    desk = live()
    desk.cut()
    desk.at(40).hear(EndAnnounced(room_id="R1"))
    assert turns(desk)[1:] == ["ending webhook"]
    desk.hear(Checked(live=False))
    assert turns(desk)[-1] == "ended webhook"


# --- over restarts ---


@pytest.mark.parametrize("told", [(), (AGAIN,), (AGAIN, Control(action=3))])
def test_a_restart_knows_the_stream_and_its_state(told):
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1", title="Night", owner_id="42"), *told)
    before = (desk.ledger.stream, desk.ledger.ending_since_ms, desk.ledger.owner_id)
    assert names(desk.restart(after_ms=5_000))[:1] == ["SocketClosed"]
    assert (desk.ledger.stream, desk.ledger.ending_since_ms, desk.ledger.owner_id) == before
    assert desk.restart() == []  # the socket was lost only once


def test_a_restart_in_mid_stream_continues_it():
    desk = live()
    desk.restart(after_ms=60_000)
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), AGAIN)
    assert turns(desk) == ["began R1"]


@pytest.mark.parametrize("down_min, goes_on", [(29, True), (31, False)])
def test_without_any_id_a_restart_continues_the_stream_for_half_an_hour(down_min, goes_on):
    desk = live()
    desk.restart(after_ms=down_min * 60_000)
    desk.open()
    desk.hear(AGAIN)
    assert (turns(desk) == ["began R1"]) is goes_on


def test_a_lost_captions_socket_is_told_after_a_restart():
    desk = live()
    desk.hear(events.Opened(socket="captions"))
    assert [fact.socket for fact in desk.restart()] == ["live", "captions"]


# --- title, owner, figures ---


def test_a_title_is_the_streams_now_or_when_it_begins():
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1", title=" Friday\u202e night "), HELLO)
    assert desk.all(facts.StreamBegan)[0].title == "Friday night"
    desk.hear(
        Title(room_id="R1", title="Two"), Title(title="Two"), Title(room_id="R9", title="No"), Title(title="Three")
    )
    assert [fact.title for fact in desk.all(facts.StreamTitled)] == ["Two", "Three"]


def test_the_next_streams_title_is_not_the_present_ones():
    desk = live()
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R2", title="Next"))
    assert not desk.all(facts.StreamTitled)
    desk.hear(AGAIN)
    assert desk.all(facts.StreamBegan)[-1].title == "Next"


def test_the_owner_is_told_when_new():
    desk = Desk(owner_id="1")
    desk.hear(RoomInfo(room_id="R1", owner_id="1"), RoomInfo(room_id="R1", owner=events.Person(id="2")))
    assert [fact.id for fact in desk.all(facts.OwnerKnown)] == ["2"]
    assert desk.ledger.owner_id == "2"


def test_the_first_frame_gives_the_counters_their_start():
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1", viewers=342, likes=4200))
    assert [fact.now for fact in desk.all(facts.Watched)] == [342]
    told = desk.hear(HELLO)
    assert names(told) == ["StreamBegan", "Watched", "Liked", "Said"]
    assert [(fact.count, fact.stream_gain, fact.gain) for fact in desk.all(facts.Liked)] == [(0, 4200, 0)]


def test_a_later_connections_figures_bring_the_likes_of_the_gap():
    desk = live()
    desk.hear(Like(person=ANN, count=5, total=100))
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R1", likes=160, viewers=7))
    assert [(fact.stream_gain, fact.gain) for fact in desk.all(facts.Liked)] == [(100, 0), (60, 60)]
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R1", likes=50))
    assert len(desk.all(facts.Liked)) == 2
    assert desk.all(facts.Watched)[-1].now == 7


def test_viewers_are_replaced_zero_is_taken_and_a_missing_figure_is_ignored():
    desk = Desk()
    desk.hear(Viewers(now=5, total=9), Viewers(now=None, total=12), Viewers(now=0))
    assert [(fact.now, fact.total) for fact in desk.all(facts.Watched)] == [(5, 9), (0, None)]
