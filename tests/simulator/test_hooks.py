"""Claims about webhooks: made and listed as documented, signed in both forms, delivered for real and tried again."""

import asyncio
import hashlib
import hmac

import pytest

from overlay.simulator.hooks import sign
from overlay.simulator.plain import Response
from overlay.simulator.wire import serve as listen_on
from tests.simulator.ears import FRAMES, fixture, shape

HOOKS = "/api/webhooks"


class Target:
    """A door that takes deliveries, and says what it is told to."""

    def __init__(self, *statuses: int) -> None:
        self.lines = set()
        self.statuses = list(statuses)
        self.taken = []
        self.came = asyncio.Event()

    def knock(self, _):
        raise AssertionError

    async def answer(self, request):
        self.taken.append(request)
        self.came.set()
        return Response(self.statuses.pop(0) if self.statuses else 200, {})

    async def wait(self, count):
        while len(self.taken) < count:
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), 5)


@pytest.fixture
async def target():
    door = Target()
    server = await listen_on(door, "127.0.0.1", 0)
    door.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/x"
    yield door
    server.close()
    for line in list(door.lines):
        line.transport.abort()


@pytest.mark.parametrize(("form", "index"), [("A", 0), ("A2", 1), ("B", 2), ("C", 3)])
def test_signatures_are_those_of_the_worked_example(form, index):
    example = fixture("webhooks/hmac-example.json")
    body = (FRAMES / "webhooks" / example["body_file"]).read_bytes()
    wanted = example["must_accept"][index]["headers"]["X-Tiktool-Signature"]
    assert sign(example["secret"], body, example["timestamp"], form) == wanted


async def test_a_hook_is_made_listed_changed_and_deleted(serve, ask):
    sim = await serve()
    wish = fixture("rest/webhooks.create.json")["request"]["body"]
    made = (await ask(sim, "POST", HOOKS, json=wish)).json()
    assert shape(fixture("rest/webhooks.create.json")["response"]["body"]) == shape(made)
    assert made["secret"].startswith("whsec_")
    listed = (await ask(sim, "GET", HOOKS)).json()
    assert shape(fixture("rest/webhooks.list.json")["response"]["body"]) <= shape(listed)
    assert "secret" not in listed["webhooks"][0]
    assert (await ask(sim, "GET", HOOKS, key="tk_other")).json() == {"webhooks": []}
    await ask(sim, "PATCH", f"{HOOKS}/{made['id']}", json={"creators": ["@Ivy.Moss"]})
    assert (await ask(sim, "GET", HOOKS)).json()["webhooks"][0]["creators"] == ["ivy.moss"]
    await ask(sim, "DELETE", f"{HOOKS}/{made['id']}")
    assert (await ask(sim, "GET", HOOKS)).json() == {"webhooks": []}


async def test_tiers_and_hosts_limit_hooks(serve, ask):
    wish = {"target_url": "https://overlay.example.org/h", "event_types": ["live.peak_viewers"]}
    answer = await ask(await serve(tier="pro"), "POST", HOOKS, json=wish)
    assert (answer.status_code, answer.json()) == (403, fixture("rest/webhooks.not-allowed.json")["response"]["body"])
    sim = await serve(tier="basic")
    sim.hooks.allow_private = False
    private = fixture("rest/webhooks.private-host.json")
    answer = await ask(sim, "POST", HOOKS, json=private["request"]["body"])
    assert (answer.status_code, answer.json()) == (400, private["response"]["body"])
    wish["event_types"] = ["live.start"]
    assert [(await ask(sim, "POST", HOOKS, json=wish)).status_code for _ in range(2)] == [200, 403]


@pytest.mark.parametrize("form", ["A", "A2", "B", "C"])
async def test_a_start_is_delivered_signed(serve, ask, target, form):
    sim = await serve(signature_form=form)
    made = (
        await ask(
            sim,
            "POST",
            HOOKS,
            json={"target_url": target.url, "event_types": ["live.start", "live.end"], "creators": ["luna.sings"]},
        )
    ).json()
    sim.set_offline("luna.sings")
    sim.set_live("luna.sings")
    sim.set_offline("max.beats")
    await target.wait(2)
    taken = {request.headers["x-tiktool-event"]: request for request in target.taken}
    assert set(taken) == {"live.start", "live.end"}
    start = taken["live.start"]
    assert shape(fixture("webhooks/live.start.json")) <= shape(start.json())
    assert shape(fixture("webhooks/live.end.json")) <= shape(taken["live.end"].json())
    assert start.json()["live"]["room_id"] == sim.creator("luna.sings").room_id
    assert start.headers["x-tiktool-event-id"] == start.json()["event_id"]
    at = start.headers["x-tiktool-timestamp"]
    text = start.body if form.startswith("A") else at.encode() + b"." + start.body
    mark = hmac.new(made["secret"].encode(), text, hashlib.sha256).hexdigest()
    assert (
        start.headers["x-tiktool-signature"]
        == {"A": mark, "A2": f"sha256={mark}", "B": f"t={at},v1={mark}", "C": mark}[form]
    )


async def test_a_refused_delivery_comes_again_under_the_same_event_id(serve, ask, target):
    target.statuses = [503, 500]
    sim = await serve(speed=200)
    await ask(sim, "POST", HOOKS, json={"target_url": target.url, "event_types": ["live.end"]})
    sim.set_offline("luna.sings")
    await target.wait(3)
    headers = [request.headers for request in target.taken]
    assert [one["x-tiktool-attempt"] for one in headers] == ["1", "2", "3"]
    assert len({one["x-tiktool-event-id"] for one in headers}) == 1
    assert len({one["x-tiktool-delivery-id"] for one in headers}) == 3


async def test_the_test_call_delivers_a_marked_start(serve, ask, target):
    sim = await serve()
    made = (
        await ask(
            sim,
            "POST",
            HOOKS,
            json={
                "target_url": target.url,
                "event_types": ["live.start"],
                "bearer_token": "b",
                "extra_headers": {"X-A": "1"},
            },
        )
    ).json()
    answer = (await ask(sim, "POST", f"{HOOKS}/{made['id']}/test")).json()
    assert answer["delivered"]
    assert shape(fixture("rest/webhooks.test.json")["response"]["body"]) == shape(answer)
    assert target.taken[0].json()["is_test"] is True
    assert target.taken[0].headers["authorization"] == "Bearer b"
    assert target.taken[0].headers["x-a"] == "1"
    gone = (
        await ask(sim, "POST", HOOKS, json={"target_url": "http://127.0.0.1:9/x", "event_types": ["live.start"]})
    ).json()
    assert not (await ask(sim, "POST", f"{HOOKS}/{gone['id']}/test")).json()["delivered"]
