"""What holds for a battle whatever frames come, in whatever order and with whatever nonsense in them."""

from __future__ import annotations

import math

from hypothesis import example, given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.events import Armies, Battle, Card, CoHosts, Contributor, Host, Person, PunishFinish
from overlay.core.fight_match import MOST_BOOSTERS, MOST_HOSTS, MOST_IDS
from overlay.core.fight_seen import MOST, PAGE
from tests.core.fights import SERVER, Fight, armies

IDS = st.sampled_from([None, "M1", "M2", "B1", "B2"])
HOST_IDS = st.sampled_from([None, "H1", "H2", "H3", "H4", "\u202eevil"])
WILD = st.one_of(st.none(), st.integers(0, 400), st.sampled_from([-1, 2**53, 2**70, 10**30]))
WILD_SECONDS = st.one_of(WILD, st.sampled_from([math.inf, -math.inf, math.nan, 0.0, 1e300, 0.5]))
SERVER_TIME = st.one_of(WILD, st.integers(SERVER - 5_000, SERVER + 400_000))
CARD_TIME = st.one_of(WILD_SECONDS, st.integers(SERVER // 1000 - 5, SERVER // 1000 + 300))
GIVERS = st.builds(Contributor, id=HOST_IDS, name=st.one_of(st.none(), st.text(max_size=4)), score=WILD)
HOSTS = st.lists(
    st.builds(
        Host,
        id=HOST_IDS,
        team=st.sampled_from([None, 0, 1, 2, 2**60]),
        score=WILD,
        contributors=st.lists(GIVERS, max_size=3).map(tuple),
    ),
    max_size=5,
).map(tuple)
PERSON = st.one_of(st.none(), st.builds(Person, id=HOST_IDS, nickname=st.one_of(st.none(), st.text(max_size=4))))
EVENTS = st.one_of(
    st.builds(
        Armies,
        battle_id=IDS,
        match_id=IDS,
        session_id=st.sampled_from([None, "S1", "S2"]),
        status=st.sampled_from([None, 1, 2, 3, 4, 5, 99]),
        server_ms=SERVER_TIME,
        started_ms=SERVER_TIME,
        duration_s=WILD,
        remaining_s=WILD_SECONDS,
        hosts=HOSTS,
        transaction_id=st.one_of(st.none(), st.text("ab", max_size=3)),
    ),
    st.builds(Battle, battle_id=IDS, status=st.sampled_from([None, 1, 2, 3, 4, 5, 99]), duration_s=WILD, hosts=HOSTS),
    st.builds(
        Card,
        effect=st.sampled_from(["mist", "booster_x2"]),
        multiplier=st.sampled_from([0, 2, -1, 2**70]),
        person=PERSON,
        activated_s=CARD_TIME,
        duration_s=WILD_SECONDS,
        ends_s=CARD_TIME,
    ),
    st.builds(PunishFinish, battle_id=IDS, session_id=st.sampled_from([None, "S1", "S2"]), punished_id=HOST_IDS),
    st.builds(
        CoHosts, people=st.lists(st.builds(Person, id=HOST_IDS, nickname=st.text(max_size=3)), max_size=2).map(tuple)
    ),
    st.sampled_from(
        [
            facts.SocketClosed(at_ms=0),
            facts.SocketOpened(at_ms=0),
            facts.StreamEnding(at_ms=0, reason="control3"),
            facts.StreamWentOn(at_ms=0),
            facts.StreamBegan(at_ms=0, stream="2"),
            facts.Cleared(at_ms=0, id="r", what="all"),
            facts.Restored(at_ms=0, id="r", what="all"),
            facts.OwnerKnown(at_ms=0, id="H2"),
        ]
    ),
)
STEPS = st.lists(st.tuples(st.integers(0, 40_000), EVENTS), max_size=30)


def play(fight: Fight, steps, opens=None, restart=False):
    at = 0
    for number, (pause, event) in enumerate(steps):
        at += pause
        if number == opens:
            if restart:
                fight.restart()
            else:
                fight.note(facts.SocketClosed(at_ms=fight.at))
            fight.note(facts.SocketOpened(at_ms=at))
        if isinstance(event, facts.Fact):
            fight.note(
                type(event)(
                    **{name: getattr(event, name) for name in event.__struct_fields__ if name != "at_ms"}, at_ms=at
                )
            )
        else:
            fight.hear(at, event)
        yield fight.view


@given(STEPS)
@settings(max_examples=300)
def test_no_frames_can_break_a_battle_and_its_memory_is_bounded(steps):
    fight = Fight(owner="H1")
    for view in play(fight, steps):
        teams = view["teams"]
        assert not teams or math.isclose(sum(team["share"] for team in teams), 1)
        assert len(teams) <= 4
        for name in ("leader", "winner"):
            assert view[name] is None or 0 <= view[name] < len(teams)
        assert view["winner"] is None or view["phase"] in {"finished", "punish"}
        assert view["reason"] not in {"next_round", "next_battle"}
        memory = fight.state.memory
        assert len(fight.state._seen) <= MOST + PAGE
        assert len(memory.closed) <= MOST_IDS
        if memory.match is not None:
            assert len(memory.match.hosts) <= MOST_HOSTS
            assert len(memory.match.boosters) <= MOST_BOOSTERS
        fight.state.dump()
        assert fight.state.wake() == min((due for due, _ in fight.state._timers()), default=None)
    fight.wait(fight.at + 2**54)
    assert fight.state.wake() is None or fight.state.wake() > fight.at
    for one in fight.state.drain_rounds():
        assert one["finalised_by"]


SILENT = [
    (0, Battle(status=2, hosts=(Host(),))),
    (30_000, Armies(match_id="M1")),
]
"""Half a minute without a word ends a battle; a line that opens in the midst of it begins another half minute."""


@given(STEPS, st.integers(0, 29))
@example(SILENT, 1)
@settings(max_examples=100)
def test_a_restart_with_the_line_open_again_at_once_is_no_more_than_a_line_that_opens_again(steps, at):
    told = [one for one in steps if not isinstance(one[1], facts.Fact)]
    for one, other in zip(play(Fight(), told, opens=at), play(Fight(), told, opens=at, restart=True), strict=True):
        assert one == other


@given(st.lists(st.tuples(st.integers(200, 6_000), st.integers(0, 3_000)), min_size=1, max_size=60))
@settings(max_examples=200)
def test_the_shown_second_never_rises_unless_a_frame_moves_the_end(frames):
    fight, at, shown, end_ms = Fight(), 0, None, 280_000
    for pause, delay in frames:
        for step in range(0, pause, 250):
            fight.wait(at + step)
            if fight.seconds is not None:
                assert shown is None or fight.seconds <= shown
                shown = fight.seconds
        at += pause
        if at - delay < 0 or at > 270_000:
            continue
        left = math.ceil((end_ms - (at - delay)) / 1000)
        fight.hear(at, armies(1, 2, left, at - delay))
        if fight.seconds is not None:
            assert shown is None or fight.seconds <= shown
            shown = fight.seconds


@given(st.lists(st.tuples(st.integers(100, 5_000), st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=20))
@settings(max_examples=100)
def test_every_round_is_kept_once_with_its_last_scores(frames):
    fight, at, kept = Fight(), 0, []
    for number, (pause, one, two) in enumerate(frames):
        at += pause
        fight.hear(at, armies(one, two, 60, at, session_id=f"S{number}"))
        at += pause
        fight.hear(at, armies(one + 1, two, 0, at, session_id=f"S{number}"))
        kept += fight.state.drain_rounds()
    assert [round_["round_key"] for round_ in kept] == [f"session:S{number}" for number in range(len(frames))]
    assert [round_["scores"] for round_ in kept] == [{"0": one + 1, "1": two} for _, one, two in frames]
