"""The sellers: places, units and money as FastMoss counts them."""

from __future__ import annotations

from datetime import UTC

import msgspec
import pytest

from overlay.core import facts
from overlay.core.places import Sales, Seller
from overlay.core.scene import Scene
from overlay.core.standings import Fairs
from overlay.widgets import sellers
from overlay.widgets.sellers import Options

NOW = 1_790_000_000_000
OAK = Seller(
    rank=1, id="7291970000000000107", handle="oakandstring", name="Oak & String", avatar="https://p16.example/oak",
    units=57140, gmv=143814426, usd=958762.84, currency="JPY", lives=6, title="Spring sale",
)  # fmt: skip
LUNA = Seller(rank=2, id="1", handle="luna.sings", name="Luna", units=3)


def scene(owner=None):
    made = Scene("c", "luna.sings", UTC, lambda address: f"/pictures/{len(address)}")
    made.owner_id = owner
    return made


def view(*rows, at_ms=NOW, around=None, got_ms=NOW, **options):
    read = msgspec.convert(options, Options)
    state = Fairs()
    told = Sales(got_ms=got_ms, refresh_ms=3_600_000, rows=rows, date_type="day", date_value="2026-09-20")
    state.fold(facts.BoardHeard(at_ms=got_ms, wish=sellers.wishes(read)[0].name, board=told), scene())
    return msgspec.to_builtins(sellers.view(state, None, read, around or scene(), at_ms))


def test_the_view_has_the_form_of_the_contract():
    assert view(OAK, region="jp", order="gmv") == {
        "region": "JP", "date_type": "day", "date_value": "2026-09-20",
        "entries": [{
            "rank": 1,
            "user": {
                "id": "7291970000000000107", "handle": "oakandstring", "name": "Oak & String", "avatar": "/pictures/23",
                "level": None, "anonymous": False,
            },
            "units": 57140, "gmv": 143814426, "currency": "JPY", "lives": 6, "usd": 958762.84, "title": "Spring sale",
            "me": False,
        }],
        "fetched_ms": NOW, "stale": False, "order": "gmv",
    }  # fmt: skip


def test_before_anything_is_heard_the_board_is_empty():
    found = sellers.view(Fairs(), None, Options(), scene(), NOW)
    assert (found.entries, found.fetched_ms, found.stale, found.region) == ([], None, False, "US")


def test_the_creator_is_marked_by_id_and_by_handle():
    assert [entry["me"] for entry in view(OAK, LUNA)["entries"]] == [False, True]
    assert [entry["me"] for entry in view(OAK, around=scene(OAK.id))["entries"]] == [True]


def test_the_id_tells_who_the_creator_is_before_the_handle():
    other = msgspec.structs.replace(OAK, rank=3, id="77", handle="luna.sings")
    assert [entry["me"] for entry in view(OAK, other, around=scene(OAK.id))["entries"]] == [True, False]


def test_only_as_many_rows_as_wanted_are_shown():
    assert len(view(OAK, LUNA, rows=1)["entries"]) == 1


def test_after_three_periods_the_board_is_stale_and_stays():
    found = view(OAK, at_ms=NOW + 3 * 3_600_000)
    assert (found["stale"], len(found["entries"])) == (True, 1)


def test_widgets_of_few_rows_share_one_question():
    names = {sellers.wishes(Options(rows=rows))[0].name for rows in (1, 5, 10)}
    assert len(names) == 1


@pytest.mark.parametrize("bad", [{"region": "USA"}, {"page": 101}, {"order": "likes"}, {"date": "yesterday"}])
def test_a_bad_option_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, Options)
