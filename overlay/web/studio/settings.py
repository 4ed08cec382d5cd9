"""The settings of the whole server: password, keys, tokens, retention, themes, language. Secrets only come in."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from quart import Response, request

from overlay.assets import assets
from overlay.config import LEAST_PASSWORD, LOOPBACK, Secret
from overlay.core.text import clean_text
from overlay.problems import Problem, problem_of, read_as, unknown
from overlay.store import recordings
from overlay.theme_import import import_theme
from overlay.themes import NAME
from overlay.web.access import cookie_settings
from overlay.web.routes import json_answer, read_body
from overlay.web.studio.calls import Calls
from overlay.web.studio.frame import SETTING, Preferences
from overlay.web.studio.hook import hook_shown, use_hook
from overlay.web.studio.keys import check_key, keep_checks, keep_key, plain, present_key, standing, tail_of
from overlay.web.studio.said import Said
from overlay.web.studio.showing import damaged_themes

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame

GIGABYTE: Final = 1 << 30


class KeyForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TikTool key; `anyway` keeps one that could not be checked."""

    key: Annotated[str, Meta(max_length=500)]
    anyway: bool = False


class TokenForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new bearer token, or FastMoss's, is."""

    name: Annotated[str, Meta(max_length=100)] = ""
    scope: Literal["full", "read"] = "full"
    token: Annotated[str, Meta(max_length=1000)] = ""


class PasswordForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password; an empty one removes it."""

    current: Annotated[str, Meta(max_length=1000)] = ""
    password: Annotated[str, Meta(max_length=1000)] = ""


class RetentionForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long and how much of recordings is kept."""

    days: Annotated[int, Meta(ge=1, le=3650)]
    gigabytes: Annotated[float, Meta(ge=0.1, le=10_000)]


class PreferencesForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some of the preferences."""

    language: str | UnsetType | None = UNSET
    streamer_mode: bool | UnsetType = UNSET
    guide: str | UnsetType = UNSET
    sizes: dict[str, tuple[int, int]] | UnsetType = UNSET


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put page and calls into the app."""
    mount_page(app, house, frame)
    mount_preferences(app, house, frame, limits)
    mount_keys(app, house, frame, limits)
    mount_access(app, house, frame, limits)
    mount_themes(app, house, limits)


def mount_page(app: Quart, house: House, frame: Frame) -> None:
    """The page itself."""
    said = Said()

    @app.get("/settings")
    async def settings() -> Response:
        """Longer than usual: a list of what the page shows."""
        words, hook, status = await frame.words(), await hook_shown(house), house.upstream.key_status()
        remarks = [] if status is None else [*filter(None, [status.refused]), *status.remarks]
        damaged = await damaged_themes(house, said, words)
        return await frame.page(
            "settings",
            key_tail=tail_of(await present_key(house)),
            key_told=house.config.tiktool_key is not None,
            key_status=status,
            key_remarks=[said(words, text) for text in remarks],
            key_standing=await standing(house),
            fastmoss_tail=tail_of(await present_fastmoss(house)),
            fastmoss_told=house.config.fastmoss_token is not None,
            has_password=house.access.has_password,
            password_told=house.access.from_environment,
            tokens=house.access.tokens(),
            reachable=house.config.host not in LOOPBACK,
            hosts=house.config.allowed_hosts,
            days=await house.store.get("recordings_days", recordings.DAYS),
            gigabytes=round(await house.store.get("recordings_bytes", recordings.ALL_BYTES) / GIGABYTE, 1),
            languages=frame.dictionary.names(),
            themes=house.themes.all(),
            damaged=damaged,
            removable=[name for name in damaged if NAME.match(name)],
            hook=hook,
            hook_remark=said(words, hook["remark"] or ""),
            folder=str(house.config.folder),
            obs=await house.obs.shown(),
        )


def mount_preferences(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """How the owner likes the studio, and what is kept."""
    calls = Calls(app, house, limits)

    @calls.add("PATCH", "/studio/preferences")
    async def prefer(given: Any) -> Any:
        form, kept = read_as(given, PreferencesForm), await frame.preferences()
        changed = msgspec.to_builtins(form)
        if "sizes" in changed:
            changed["sizes"] = dict([*kept.sizes.items(), *changed["sizes"].items()][-500:])
        if changed.get("language") not in {None, *frame.dictionary.languages}:
            raise Problem("invalid", "There is no such language.", "language")
        try:
            whole = msgspec.convert(msgspec.to_builtins(kept) | changed, Preferences)
        except msgspec.ValidationError as trouble:
            raise problem_of(trouble) from None
        await house.store.put(SETTING, msgspec.to_builtins(whole))
        return whole

    @calls.add("PATCH", "/studio/retention")
    async def retention(given: Any) -> Any:
        form = read_as(given, RetentionForm)
        await house.store.put("recordings_days", form.days)
        await house.store.put("recordings_bytes", int(form.gigabytes * GIGABYTE))
        return {"dropped": len(await house.store.trim_recordings())}


def mount_keys(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """TikTool's key and FastMoss's token."""
    calls = Calls(app, house, limits)

    @calls.add("POST", "/studio/key", fresh=True)
    async def key(given: Any) -> Any:
        form, words = read_as(given, KeyForm), await frame.words()
        need_own(told=house.config.tiktool_key is not None, words=words, field="key")
        about = await check_key(house, form.key, words)
        if not about.usable:
            raise Problem(about.code, about.text, "key")
        kept = about.good or form.anyway
        if kept:
            await keep_key(house, form.key.strip())
            await keep_checks(house, key=about.code)
            await use_hook(house)
        return plain(about) | {"kept": kept}

    @calls.add("POST", "/studio/key/check")
    async def check(given: Any) -> Any:
        del given
        words, present = await frame.words(), await present_key(house)
        if not present:
            raise Problem("no_key", words("key.none"), "key")
        about = await check_key(house, present, words)
        await keep_checks(house, key=about.code)
        return plain(about)

    @calls.add("DELETE", "/studio/key", fresh=True)
    async def forget_key() -> Any:
        need_own(told=house.config.tiktool_key is not None, words=await frame.words(), field="key")
        await keep_key(house, None)

    @calls.add("POST", "/studio/fastmoss", fresh=True)
    async def fastmoss(given: Any) -> Any:
        form, words = read_as(given, TokenForm), await frame.words()
        need_own(told=house.config.fastmoss_token is not None, words=words, field="token")
        token = form.token.strip()
        if token and (len(token) < 8 or not token.isascii() or any(sign.isspace() for sign in token)):
            raise Problem("invalid", words("fastmoss.form"), "token")
        await house.store.put_secret("fastmoss_token", token or None)
        use = getattr(getattr(house, "boards", None), "set_fastmoss", None)
        if use is not None:
            await use(Secret(token) if token else None)
        return {"kept": bool(token)}


def mount_access(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Password, sessions and tokens."""
    calls, access = Calls(app, house, limits), house.access

    @calls.add("POST", "/studio/password")
    async def password(given: Any) -> Any:
        form, words = read_as(given, PasswordForm), await frame.words()
        need_own(told=access.from_environment, words=words, field="password")
        if access.has_password:
            await need_current(house, form.current, words)
        if not (form.password or access.has_password):
            raise Problem("empty", "password must not be empty.", "password")
        if form.password and len(form.password) < LEAST_PASSWORD:
            raise Problem("short", words("password.short", count=LEAST_PASSWORD), "password")
        if not form.password and (house.config.host not in LOOPBACK or house.config.allowed_hosts):
            raise Problem("needed", words("password.needed"), "password")
        await access.set_password(form.password or None)
        answer = json_answer({"has_password": bool(form.password)})
        if form.password:
            cookie = await access.sign_in(form.password, request.remote_addr or "")
            answer.set_cookie(access.cookie, cookie or "", secure=request.is_secure, **cookie_settings())
        return answer

    @calls.add("POST", "/studio/sign-out-everywhere")
    async def everywhere(given: Any) -> Any:
        del given
        await access.sign_out(None)
        return {"done": True}

    @calls.add("POST", "/studio/tokens", fresh=True)
    async def token(given: Any) -> Any:
        form, words = read_as(given, TokenForm), await frame.words()
        name = clean_text(form.name)
        if not name:
            raise Problem("invalid", words("tokens.name_missing"), "name")
        return {"token": await access.make_token(name, form.scope)}

    @calls.add("DELETE", "/studio/tokens/<token>")
    async def drop(token: str) -> Any:
        if not await access.drop_token(token):
            raise unknown("token")


async def need_current(house: House, typed: str, words: Any) -> None:
    """The present password, before it is changed; wrong ones count like a failed sign-in."""
    access, address = house.access, request.remote_addr or ""
    left_ms = access.wait_ms(address)
    if left_ms:
        raise Problem("wait", words("sign_in.wait", count=-(-left_ms // 1000)), "current", 429)
    if not await access.confirm(typed, request.cookies.get(access.cookie), address):
        raise Problem("wrong", words("sign_in.wrong"), "current", 403)


def mount_themes(app: Quart, house: House, limits: Limits) -> None:
    """The owner's own themes."""
    calls, folder = Calls(app, house, limits), house.config.folder / "themes"
    built_in = frozenset(path.parent.name for path in (assets() / "themes").glob("*/theme.toml"))

    @app.post("/studio/themes")
    async def bring() -> Response:
        body = await read_body(limits.upload)
        name = await asyncio.to_thread(import_theme, body, folder, built_in)
        return json_answer({"name": name}, 201)

    @calls.add("DELETE", "/studio/themes/<name>")
    async def drop(name: str) -> Any:
        path = folder / name
        if not NAME.match(name) or not path.is_dir():
            raise unknown("theme")
        trash = folder / f".gone-{name}"
        await asyncio.to_thread(shutil.rmtree, trash, ignore_errors=True)
        await asyncio.to_thread(path.rename, trash)

    @calls.add("POST", "/studio/themes/<name>/restore")
    async def restore(name: str, given: Any) -> Any:
        del given
        trash = folder / f".gone-{name}"
        if not NAME.match(name) or not trash.is_dir() or (folder / name).exists():
            raise unknown("theme")
        await asyncio.to_thread(trash.rename, folder / name)


def need_own(*, told: bool, words: Any, field: str) -> None:
    """What the environment or `overlay.toml` says is stronger, and changed there."""
    if told:
        raise Problem("told", words("told_outside"), field, 409)


async def present_fastmoss(house: House) -> str | None:
    """FastMoss's token in use."""
    told = house.config.fastmoss_token
    return told.reveal() if told is not None else await house.store.secret("fastmoss_token")
