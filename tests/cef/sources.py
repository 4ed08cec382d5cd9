"""Browser sources as OBS has them: real CEF, off-screen, every source in one profile, told by lines what to do.

A program of its own, so that whatever CEF does ends here and not in the tests. It shows nothing to anybody and decides
nothing; the screen it needs it starts itself, and when its orders end it ends, the screen with it.

    python sources.py PROFILE
    {"do": "open", "id": "a", "url": "http://127.0.0.1:8750/w/KEY", "width": 480, "height": 400}
    {"do": "refresh", "id": "a"}    hide, show, close alike
    {"do": "picture", "id": "a", "path": "a.bgra"}
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

SWITCHES: dict[str, str | None] = {
    "autoplay-policy": "no-user-gesture-required",  # alerts sound without a click
    "disable-background-networking": None,
    "disable-component-update": None,
    "disable-features": "HardwareMediaKeyHandling,WebBluetooth",
    "disable-gpu": None,
    "disable-gpu-compositing": None,
    "disable-quic": None,
    "disable-sync": None,
    "in-process-gpu": None,
    "no-first-run": None,
    "ozone-platform": "x11",
    "remote-debugging-port": "0",  # a free one; it stands in the profile's DevToolsActivePort
}
AGENT = "Chrome/131.0.6778.205 OBS/32.2.2"
STANDARD_AND_CORS = 1 | 16
FRAMES_A_SECOND = 30


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def screen() -> tuple[subprocess.Popen[bytes], str]:
    """A virtual screen on the first number that is free."""
    reads, writes = os.pipe()
    order = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    xvfb = subprocess.Popen(order, pass_fds=[writes], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writes)
    with os.fdopen(reads) as told:
        number = told.readline().strip()
    if not number:
        xvfb.kill()
        xvfb.wait()
        raise RuntimeError("Xvfb does not start")
    return xvfb, f":{number}"


class Sources:
    """All sources of one OBS; everything but `follow` happens on CEF's own thread."""

    def __init__(self, cef: Any) -> None:
        self.cef, self.struct, self.header = cef, cef.struct, cef.header
        self.sizes: dict[str, tuple[int, int]] = {}
        self.browsers: dict[str, Any] = {}
        self.wanted: dict[str, str] = {}  # by source: where its next picture goes
        self.kept: list[Any] = []  # what CEF points at and Python must not collect
        self.task = cef.task_factory(self.do)

    def part(self, kind: str, calls: list[Any]) -> Any:
        """One of CEF's objects with these functions in it, each known by its name."""
        made = self.cef.base_ctor(getattr(self.struct, kind))
        for call in calls:
            self.cef.handler(made)(call)
        self.lend(made)
        self.kept.append(made)
        return made

    def lend(self, part: Any) -> Any:
        """Count one more use, which CEF gives back."""
        part.base.add_ref(ctypes.pointer(part.base))
        return part

    def program(self) -> Any:
        """What CEF asks before it begins: switches, and that http is a scheme of the program's own, as in OBS."""
        text = self.cef.cef_string_ctor

        def on_before_command_line_processing(_kind: Any, line: Any) -> None:
            for name, value in SWITCHES.items():
                if value is None:
                    line.append_switch(line, text(name))
                else:
                    line.append_switch_with_value(line, text(name), text(value))

        def on_register_custom_schemes(registrar: Any) -> None:
            registrar.add_custom_scheme(registrar, text("http"), STANDARD_AND_CORS)

        return self.part("cef_app_t", [on_before_command_line_processing, on_register_custom_schemes])

    def listener(self, source: str) -> Any:
        """What CEF asks and tells of one source."""

        def on_after_created(browser: Any) -> None:
            self.browsers[source] = browser
            say(said="opened", id=source)

        def on_before_close(_browser: Any) -> None:
            self.browsers.pop(source, None)
            say(said="closed", id=source)

        def get_view_rect(_browser: Any, rect: Any) -> None:
            rect.x = rect.y = 0
            rect.width, rect.height = self.sizes[source]

        def on_paint(_browser: Any, kind: int, _n: int, _rects: Any, pixels: Any, width: int, height: int) -> None:
            if kind == self.header.PET_VIEW and source in self.wanted:
                Path(self.wanted.pop(source)).write_bytes(ctypes.string_at(pixels, width * height * 4))
                say(said="pictured", id=source, width=width, height=height)

        def on_loading_state_change(_browser: Any, is_loading: int, _back: int, _forward: int) -> None:
            if not is_loading:
                say(said="loaded", id=source)

        life = self.part("cef_life_span_handler_t", [on_after_created, on_before_close])
        paint = self.part("cef_render_handler_t", [get_view_rect, on_paint])

        load = self.part("cef_load_handler_t", [on_loading_state_change])

        def get_life_span_handler() -> Any:
            return self.lend(life)

        def get_load_handler() -> Any:
            return self.lend(load)

        def get_render_handler() -> Any:
            return self.lend(paint)

        return self.part("cef_client_t", [get_life_span_handler, get_load_handler, get_render_handler])

    def open(self, source: str, url: str, width: int, height: int) -> None:
        """One more source; no profile is named, so that all share the one there is."""
        self.sizes[source] = width, height
        window = self.struct.cef_window_info_t()
        if hasattr(window, "size"):
            window.size = ctypes.sizeof(window)
        window.windowless_rendering_enabled = 1
        settings = self.cef.size_ctor(self.struct.cef_browser_settings_t)
        settings.windowless_frame_rate = FRAMES_A_SECOND
        address = self.cef.cef_string_ctor(url)
        self.header.cef_browser_host_create_browser(window, self.listener(source), address, settings, None, None)

    def do(self, order: dict[str, Any]) -> None:
        if order["do"] == "end":
            self.header.cef_quit_message_loop()
        elif order["do"] == "open":
            self.open(order["id"], order["url"], order["width"], order["height"])
        else:
            self.press(order, self.browsers[order["id"]])

    def press(self, order: dict[str, Any], browser: Any) -> None:
        """What OBS does with a source that there is."""
        host = ctypes.cast(browser.get_host(browser), ctypes.POINTER(self.struct.cef_browser_host_t))
        at = host.contents
        match order["do"]:
            case "refresh":
                browser.reload_ignore_cache(browser)
            case "hide":
                at.was_hidden(host, 1)
            case "show":
                at.was_hidden(host, 0)
                at.invalidate(host, self.header.PET_VIEW)
            case "close":
                at.was_hidden(host, 1)
                at.close_browser(host, 1)
            case "picture":
                self.wanted[order["id"]] = order["path"]
                at.invalidate(host, self.header.PET_VIEW)

    def follow(self) -> None:
        """Hand every order to CEF's thread."""
        for line in sys.stdin:
            self.header.cef_post_task(self.header.TID_UI, self.task(json.loads(line)))
        self.header.cef_post_task(self.header.TID_UI, self.task({"do": "end"}))

    def run(self, profile: str) -> None:
        """Until the orders end."""
        settings, arguments = import_module("cef_capi.app_client").settings_main_args_ctor()
        settings.log_severity = self.struct.LOGSEVERITY_DISABLE
        settings.no_sandbox = 1
        settings.windowless_rendering_enabled = 1
        settings.background_color = 0
        for name, value in {"cache_path": profile, "root_cache_path": profile, "user_agent_product": AGENT}.items():
            self.cef.cef_string_ctor(value, getattr(settings, name))
        if not self.header.cef_initialize(arguments, settings, self.program(), None):
            raise RuntimeError("CEF does not start")
        say(said="ready", version=self.cef.__version__)
        threading.Thread(target=self.follow, daemon=True).start()
        self.header.cef_run_message_loop()


def main(profile: str) -> None:
    xvfb, display = screen()
    try:
        os.environ["DISPLAY"] = display
        Sources(import_module("cef_capi")).run(profile)
    finally:
        xvfb.terminate()
        xvfb.wait()
    os._exit(0)  # CEF's own end waits for pages that nobody closes


if __name__ == "__main__":
    main(sys.argv[1])
