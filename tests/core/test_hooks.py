"""Webhook signatures: every form that must be accepted, every forgery that must not."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.hooks import verify

HOOKS = Path(__file__).parents[1] / "frames/tiktool/webhooks"
EXAMPLE = json.loads((HOOKS / "hmac-example.json").read_text())
BODY = (HOOKS / "hmac-live.start.body.txt").read_bytes()
SECRET = EXAMPLE["secret"]
SIGNED_S = int(EXAMPLE["timestamp"])


def sign(body: bytes, secret: str = SECRET, time: str | None = None) -> str:
    text = body if time is None else time.encode() + b"." + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def judged(
    headers: dict[str, str], body: bytes = BODY, now_s: float = SIGNED_S, secrets: tuple[str, ...] = (SECRET,)
) -> int:
    return verify(secrets, headers, body, now_s).status


@pytest.mark.parametrize("case", EXAMPLE["must_accept"], ids=lambda case: case["form"].split(":")[0])
def test_every_documented_form_is_accepted(case):
    verdict = verify((SECRET,), case["headers"], BODY, SIGNED_S + 10)
    assert verdict.status == 200
    assert verdict.form == case["form"][0]
    assert (verdict.said.event, verdict.said.handle, verdict.said.room_id) == (
        "live.start", "luna.sings", "7650000000000000101",
    )  # fmt: skip


@pytest.mark.parametrize("case", EXAMPLE["must_reject"], ids=lambda case: case["why"])
def test_every_documented_forgery_is_refused_without_details(case):
    body = case.get("body", EXAMPLE["body"]).encode()
    verdict = verify((SECRET,), case["headers"], body, SIGNED_S)
    assert (verdict.status, verdict.said) == (401, None)


def b_header(time: str = EXAMPLE["timestamp"], **more: str) -> dict[str, str]:
    return {"X-Tiktool-Signature": f"t={time},v1={sign(BODY, time=time)}", "X-Tiktool-Attempt": "1", **more}


def test_several_v1_values_are_all_tried():
    wrong = "0" * 64
    text = f"t={SIGNED_S}, v1={wrong}, v1={sign(BODY, time=str(SIGNED_S))}, v0=x"
    assert judged({"x-tiktool-signature": text}) == 200
    assert judged({"x-tiktool-signature": f"t={SIGNED_S},v1={wrong},v1={wrong}"}) == 401


def test_any_of_several_secrets_will_do_and_an_empty_one_never():
    assert judged(b_header(), secrets=("whsec_old", SECRET)) == 200
    for secrets in ((), ("",), ("whsec_old",)):
        assert judged(b_header(), secrets=secrets) == 401
    assert judged({"x-tiktool-signature": sign(BODY, secret="")}, secrets=("",)) == 401


@pytest.mark.parametrize(
    ("age", "status"), [(0, 200), (300, 200), (-300, 200), (301, 400), (-301, 400), (8 * 3600, 400)]
)
def test_a_signed_time_is_at_most_five_minutes_off_at_the_first_attempt(age, status):
    assert judged(b_header(), now_s=SIGNED_S + age) == status
    bare = {"X-Tiktool-Signature": sign(BODY, time=str(SIGNED_S)), "X-Tiktool-Timestamp": str(SIGNED_S)}
    assert judged(bare, now_s=SIGNED_S + age) == status


@pytest.mark.parametrize(("age", "status"), [(301, 200), (8 * 3600, 200), (8 * 3600 + 1, 400), (-301, 400)])
def test_a_later_attempt_may_carry_the_first_ones_time_for_eight_hours(age, status):
    assert judged(b_header(**{"X-Tiktool-Attempt": "2"}), now_s=SIGNED_S + age) == status


@pytest.mark.parametrize("attempt", ["0", "-1", "x", "", "1"])
def test_what_is_no_later_attempt_is_the_first(attempt):
    assert judged(b_header(**{"X-Tiktool-Attempt": attempt}), now_s=SIGNED_S + 301) == 400


def test_without_a_signed_time_there_is_no_age():
    assert judged({"X-Tiktool-Signature": sign(BODY), "X-Tiktool-Timestamp": "1"}, now_s=SIGNED_S + 10**6) == 200


def test_header_names_are_read_in_any_case_and_hex_too():
    assert judged({"X-TIKTOOL-SIGNATURE": "sha256=" + sign(BODY).upper()}) == 200


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"event":"live.start"}', b'{"event_id":"a"}', b"\xff", b'{"event_id":1}x']
)
def test_an_authentic_body_that_says_nothing_is_400(body):
    assert judged({"X-Tiktool-Signature": sign(body)}, body=body) == 400


def test_only_event_and_id_are_needed():
    body = b'{"event_id":"e","event":"live.end"}'
    said = verify((SECRET,), {"X-Tiktool-Signature": sign(body)}, body, 0).said
    assert (said.event_id, said.event, said.handle, said.room_id, said.test) == ("e", "live.end", None, None, False)


def test_a_body_of_more_than_64_kib_is_not_looked_at():
    body = b" " * 65_537
    assert judged({"X-Tiktool-Signature": sign(body)}, body=body) == 413


@pytest.mark.parametrize("name", sorted(path.stem for path in HOOKS.glob("*.json") if path.stem != "hmac-example"))
def test_every_kept_body_is_read(name):
    body = (HOOKS / f"{name}.json").read_bytes()
    said = verify((SECRET,), {"X-Tiktool-Signature": sign(body)}, body, 0).said
    assert name.startswith(said.event)
    assert said.handle == "luna.sings"
    assert said.test == ("test" in name)


@given(st.text(max_size=90), st.binary(max_size=200), st.text(max_size=20))
def test_no_made_up_signature_is_authentic(signature, body, time):
    headers = {"x-tiktool-signature": signature, "x-tiktool-timestamp": time}
    assert verify((SECRET,), headers, body, SIGNED_S).status == 401
