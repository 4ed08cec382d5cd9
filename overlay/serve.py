"""Serving: the loop, the sockets, the signals. `overlay run` and `overlay demo` end here.

It never answers a request itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.util
import logging
import signal
import socket
import sys
import tempfile
import webbrowser
from typing import TYPE_CHECKING, Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config as HypercornConfig

from overlay.app import App
from overlay.config import Config, read_config
from overlay.hugepages import gather
from overlay.logs import set_up_logs
from overlay.opening import first_start, furnish_demo
from overlay.rubbish import leave, sweep
from overlay.store import FolderInUse, StoreError
from overlay.tools.doctor import look
from overlay.tools.server import note_server, noted_server
from overlay.web.express import tame

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

log = logging.getLogger("overlay")

BACKLOG = 4096
WANTED_FILES = 65_536


def serve_forever(config: Config) -> int:
    """Serve until told to stop."""
    set_up_logs(config)
    raise_file_limit()
    say_that_sniffio_is_absent()
    with loop_runner() as runner:
        try:
            runner.run(serve_and_sweep(config))
        except FolderInUse as trouble:
            running = noted_server(config.folder)
            raise OSError(None, f"{trouble} It answers at {running}." if running else str(trouble)) from None
        except StoreError as trouble:
            raise OSError(None, str(trouble)) from None
    return 0


def serve_demo(told: dict[str, Any]) -> int:
    """Serve in a folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="overlay-demo-", ignore_cleanup_errors=True) as folder:
        return serve_forever(read_config(told | {"folder": folder, "demo": True}))


def loop_runner() -> asyncio.Runner:
    """Uvloop where it exists: receiving costs half."""
    try:
        import uvloop  # noqa: PLC0415  not on Windows
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def say_that_sniffio_is_absent() -> None:
    """Spare httpcore a search along the whole path several times a request (docs/decisions/0013)."""
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # Python's own way to say that there is none


def raise_file_limit() -> int:
    """As many open sockets as the system lets us have; what we got."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def bind(config: Config) -> list[socket.socket]:
    """Listening sockets: the host that was told, and [::1] beside 127.0.0.1 where it exists."""
    hosts = [config.host]
    if config.host in {"127.0.0.1", "localhost"}:
        hosts = ["127.0.0.1", "::1"]
    made: list[socket.socket] = []
    port = config.port
    for host in hosts:
        try:
            made.append(open_socket(host, port))
        except OSError as trouble:
            if made:
                continue  # no IPv6 here, or somebody else has [::1]: 127.0.0.1 is enough
            why = f"Port {port} on {host} cannot be used: {trouble.strerror or trouble}."
            if trouble.errno == errno.EADDRINUSE:
                why += f" If this server runs already, open http://{host}:{port}/; if not, choose another with --port."
            raise OSError(None, why) from None
        port = made[0].getsockname()[1]
    return made


def open_socket(host: str, port: int) -> socket.socket:
    """One listening socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host != "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        notice_the_dead(sock)
        sock.listen(BACKLOG)
        sock.setblocking(False)  # noqa: FBT003  the socket's own word
    except OSError:
        sock.close()
        raise
    return sock


def notice_the_dead(sock: socket.socket) -> None:
    """A peer that vanished without a word is given up after two minutes; what is accepted inherits this."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    tame(sock)
    for name, value in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def serve_and_sweep(config: Config) -> None:
    """One server, alone in its process: the whole process may be kept tidy for it."""
    caring = [asyncio.create_task(sweep(), name="rubbish"), asyncio.create_task(gather(), name="large pages")]
    try:
        await serve(config)
    finally:
        for task in caring:
            task.cancel()
        await asyncio.gather(*caring, return_exceptions=True)
        leave()


async def serve(config: Config, *, on_ready: Callable[[App], Coroutine[Any, Any, None]] | None = None) -> None:
    """One server's life, in order, which makes it long. `on_ready` is for tests that live in the same process."""
    sockets = bind(config)
    here = sock_address(sockets[0])
    app = App(config)
    app.house.examine = look
    app.house.port = here[1]
    try:
        await app.start()
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    ending = asyncio.Event()
    listen_for_the_end(ending)
    keep_quiet_at_the_end(ending)

    async def until_the_end() -> None:
        await ending.wait()
        app.house.streams.close()

    serving = asyncio.create_task(hypercorn_serve(app.asgi, hypercorn_config(sockets), shutdown_trigger=until_the_end))
    try:
        await until_answered(here, serving)
        await open_doors(app)
        if on_ready is not None:
            await on_ready(app)
            ending.set()
        await serving
    finally:
        ending.set()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await app.stop()


async def open_doors(app: App) -> None:
    """Requests are answered: furnish a fresh house, and say where it is."""
    config, house = app.config, app.house
    if config.furnish:
        await (furnish_demo(app) if config.demo else first_start(app))
    house.ready = True
    note_server(config.folder, house.address())
    sys.stdout.write(f"ready {house.address()}\n")
    sys.stdout.flush()
    if config.open_browser:
        webbrowser.open(house.address())


def hypercorn_config(sockets: list[socket.socket]) -> HypercornConfig:
    """Hypercorn as this server needs it: our sockets, no log of addresses, a quick end."""
    made = HypercornConfig()
    made.bind = [f"fd://{sock.detach()}" for sock in sockets]
    made.backlog = BACKLOG
    made.accesslog = None  # addresses of overlays are secrets
    made.errorlog = logging.getLogger("overlay.server")
    made.include_server_header = False
    made.graceful_timeout = 0.5
    made.shutdown_timeout = 1
    made.keep_alive_timeout = 75
    made.websocket_ping_interval = 20
    made.h11_max_incomplete_size = 65_536
    return made


async def until_answered(here: tuple[str, int], serving: asyncio.Task[Any]) -> None:
    """Wait until a request is really answered."""
    host, port = here
    while not serving.done():
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port)
            answer = await reader.readline()
            writer.close()
            if b" 200 " in answer or b" 40" in answer:
                return
        await asyncio.sleep(0.02)
    serving.result()


def sock_address(sock: socket.socket) -> tuple[str, int]:
    """Where a listening socket is reached from this machine."""
    host, port = sock.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  compared, not bound


def keep_quiet_at_the_end(ending: asyncio.Event) -> None:
    """A connection that the end cuts off is no bug: Python 3.11 reports its cancelled task as one.

    Nor is a line that broke: Hypercorn lets its error through, and a traceback of it would stand in the log.
    """

    def on_trouble(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        broken = isinstance(error, OSError) and "client_connected_cb" in str(context.get("message"))
        if not broken and not (ending.is_set() and isinstance(error, asyncio.CancelledError)):
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(on_trouble)


def listen_for_the_end(ending: asyncio.Event) -> None:
    """SIGTERM and Ctrl-C end the server in order."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, ending.set)
        except (NotImplementedError, RuntimeError):  # Windows, or a loop that is not the main thread's
            with contextlib.suppress(ValueError):
                signal.signal(name, lambda *_: loop.call_soon_threadsafe(ending.set))
