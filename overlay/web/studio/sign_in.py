"""Signing in and out. Guesses are counted by `access.py`; who must wait is told how long. Nothing typed is kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl

from msgspec import Meta, Struct
from quart import Response, redirect, request

from overlay.problems import Problem, read_as
from overlay.web.access import cookie_settings
from overlay.web.routes import json_answer, read_body, read_json
from overlay.web.studio.calls import Calls

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.access import Access
    from overlay.web.studio.frame import Frame


class ConfirmForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password once more."""

    password: Annotated[str, Meta(max_length=1000)]


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put page and calls into the app."""
    access, calls = house.access, Calls(app, house, limits)

    @app.get("/sign-in")
    async def ask() -> Any:
        if not access.has_password or access.is_signed_in(request.cookies.get(access.cookie)):
            return redirect(way_on())
        return await frame.page("sign_in", wrong="", onward=way_on())

    @app.post("/sign-in")
    async def sign_in() -> Any:
        if not access.has_password:
            return redirect("/")
        words, address = await frame.words(), request.remote_addr or ""
        if request.mimetype == "application/json":  # a page that is open, and stays open
            return await sign_in_again(access, words, address, await read_json(limits.body))
        form = dict(parse_qsl((await read_body(limits.body)).decode("utf-8", "replace")))  # never more than so much
        left_ms = access.wait_ms(address)
        if left_ms:
            return await refuse(words("sign_in.wait", count=math.ceil(left_ms / 1000)), 429, left_ms)
        cookie = await access.sign_in(form.get("password", "")[:1000], address)
        if cookie is None:
            return await refuse(words("sign_in.wrong"), 401, 0)
        answer = redirect(way_on(), code=303)
        answer.set_cookie(access.cookie, cookie, secure=request.is_secure, **cookie_settings())
        return answer

    async def refuse(sentence: str, status: int, left_ms: int) -> Response:
        page = await frame.page("sign_in", status=status, wrong=sentence, onward=way_on())
        if left_ms:
            page.headers["Retry-After"] = str(math.ceil(left_ms / 1000))
        return page

    @app.post("/sign-out")
    async def sign_out() -> Any:
        cookie = request.cookies.get(access.cookie)
        if cookie:
            await access.sign_out(cookie)
        answer = redirect("/sign-in", code=303)
        answer.delete_cookie(access.cookie, path="/")
        return answer

    mount_confirm(calls, house, frame)


async def sign_in_again(access: Access, words: Any, address: str, given: Any) -> Response:
    """Signing in from a page that is open: asked and answered in JSON, so that nothing typed there is lost."""
    typed, left_ms = read_as(given, ConfirmForm).password, access.wait_ms(address)
    if left_ms:
        raise Problem("wait", words("sign_in.wait", count=math.ceil(left_ms / 1000)), "password", 429)
    cookie = await access.sign_in(typed, address)
    if cookie is None:
        raise Problem("wrong", words("sign_in.wrong"), "password", 403)
    answer = json_answer({"signed_in": True})
    answer.set_cookie(access.cookie, cookie, secure=request.is_secure, **cookie_settings())
    return answer


def mount_confirm(calls: Calls, house: House, frame: Frame) -> None:
    """The password once more, before keys are touched."""
    access = house.access

    @calls.add("GET", "/studio/fresh", fresh=True)
    async def fresh() -> Any:
        """Whether it was typed lately."""

    @calls.add("POST", "/studio/confirm")
    async def confirm(given: Any) -> Any:
        words, address = await frame.words(), request.remote_addr or ""
        left_ms = access.wait_ms(address)
        if left_ms:
            raise Problem("wait", words("sign_in.wait", count=math.ceil(left_ms / 1000)), "password", 429)
        typed = read_as(given, ConfirmForm).password
        if not await access.confirm(typed, request.cookies.get(access.cookie), address):
            raise Problem("wrong", words("sign_in.wrong"), "password", 403)
        return {"confirmed": True}


def way_on() -> str:
    """Where to go after signing in: a path of ours, never another site's."""
    wanted = request.args.get("next", "/")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours else "/"
