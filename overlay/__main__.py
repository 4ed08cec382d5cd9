"""The command line. Errors are one sentence on standard error, never a traceback.

Exit codes: 0 done, 1 it ran and failed, 2 it was called wrongly.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from overlay import __version__
from overlay.config import BadSetting, read_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001  it has no public name

TOKEN_HELP = "a token of the settings page, for a running server with a password"  # noqa: S105  not one itself


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with 2."""
        sys.stderr.write(f"{self.prog}: {message}\n")
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = build_parser()
    told = parser.parse_args(list(sys.argv[1:] if arguments is None else arguments))
    command = COMMANDS[told.command or "run"]
    try:
        return command(told)
    except BadSetting as trouble:
        sys.stderr.write(f"overlay: {trouble}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        return 1
    except OSError as trouble:
        where = f": {trouble.filename}" if trouble.filename else ""
        sys.stderr.write(f"overlay: {trouble.strerror or trouble}{where}\n")
        return 1


def build_parser() -> Parser:
    """Every command and its words."""
    parser = Parser(prog="overlay", description="Overlays for TikTok LIVE that you run yourself.")
    parser.add_argument("--version", action="version", version=f"overlay {__version__}")
    _add_serving(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    _add_servers(commands)
    _add_recordings(commands)
    _add_keeping(commands)
    _add_theme(commands)
    for command in commands.choices.values():
        command.add_argument("--version", action="version", version=f"overlay {__version__}")
    return parser


def _add_servers(commands: Commands) -> None:
    run = commands.add_parser("run", help="serve the settings pages, the overlays and the API (the default)")
    _add_serving(run, again=True)
    demo = commands.add_parser("demo", help="the same with a live simulated creator and one widget of every kind")
    _add_serving(demo, again=True)
    simulate = commands.add_parser("simulate", help="serve the TikTool stand-in alone")
    simulate.add_argument("--port", type=int, default=8091)
    simulate.add_argument("--scenario", default="everyday")
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--speed", type=float, default=1.0)


def _add_recordings(commands: Commands) -> None:
    replay = commands.add_parser("replay", help="play a recording into a running server through a creator")
    replay.add_argument("file", type=Path, metavar="FILE")
    replay.add_argument("--speed", type=float, default=1.0, help="1 to 1000")
    replay.add_argument("--creator", help="the creator's handle or id; not needed when there is only one")
    _add_server(replay)
    trace = commands.add_parser("trace", help="a recording through the folds, one view a line; no server, no waiting")
    trace.add_argument("file", metavar="FILE", help="a recording, .zst too; - is standard input")
    trace.add_argument("--kind", required=True)
    trace.add_argument("--options", default="{}", metavar="JSON")
    trace.add_argument("--handle", default="creator")
    trace.add_argument("--start-ms", type=int, default=None, help="the clock at t 0")
    trace.add_argument("--catalogue", type=Path, metavar="FILE")


def _add_keeping(commands: Commands) -> None:
    doctor = commands.add_parser("doctor", help="check key, clock, port, data folder, upstream and OBS's Chromium")
    doctor.add_argument("--data", dest="folder")
    export = commands.add_parser("export", help="every creator, widget and user theme, as JSON on standard output")
    export.add_argument("--with-secrets", action="store_true")
    export.add_argument("--data", dest="folder")
    for name, text in (
        ("import", "read an export in, all or nothing"),
        ("backup", "the whole data folder, also while the server runs"),
        ("restore", "put a backup back, all or nothing"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("file", type=Path, metavar="FILE")
        command.add_argument("--data", dest="folder")
        if name == "backup":
            command.add_argument("--replace", action="store_true", help="write over a file that is there")
        else:
            command.add_argument("--token", default=None, help=TOKEN_HELP)


def _add_theme(commands: Commands) -> None:
    theme = commands.add_parser("theme", help="begin a theme of your own: theme new NAME")
    doings = theme.add_subparsers(dest="doing", metavar="new", required=True, parser_class=Parser)
    new = doings.add_parser("new", help="a theme in the data folder, ready to be changed while pages show it")
    new.add_argument("name", metavar="NAME", help="small letters, digits and -")
    new.add_argument("--title", default=None, help="as the studio shows it")
    new.add_argument(
        "--from", dest="model", default=None, metavar="THEME", help="begin as a copy of a theme that is there"
    )
    new.add_argument("--data", dest="folder", default=None, help="the data folder")
    new.add_argument("--version", action="version", version=f"overlay {__version__}")


def _add_serving(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    default: Any = argparse.SUPPRESS if again else None
    parser.add_argument("--host", default=default, help="127.0.0.1 and [::1] unless told")
    parser.add_argument("--port", type=int, default=default, help="8090 unless told; 0 takes a free one")
    parser.add_argument("--data", dest="folder", default=default, help="the data folder")
    parser.add_argument("--open", dest="open_browser", action="store_true", default=default, help="open the browser")
    parser.add_argument("--log", default=default, help="debug, info, warning or error")


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=None, help="the running server's port")
    parser.add_argument("--data", dest="folder", default=None, help="the data folder")
    parser.add_argument("--token", default=None, help=TOKEN_HELP)


def _run(told: argparse.Namespace) -> int:
    from overlay.serve import serve_forever  # noqa: PLC0415  a command loads only what it needs

    return serve_forever(read_config(vars(told)))


def _demo(told: argparse.Namespace) -> int:
    from overlay.serve import serve_demo  # noqa: PLC0415

    return serve_demo(vars(told))


def _simulate(told: argparse.Namespace) -> int:
    from overlay.simulator import main as simulate  # noqa: PLC0415

    return simulate(port=told.port, scenario=told.scenario, seed=told.seed, speed=told.speed)


def _trace(told: argparse.Namespace) -> int:
    from overlay.tools.tracing import trace_file  # noqa: PLC0415

    return trace_file(told)


def _replay(told: argparse.Namespace) -> int:
    from overlay.tools.replaying import replay_file  # noqa: PLC0415

    return replay_file(told)


def _doctor(told: argparse.Namespace) -> int:
    from overlay.tools.doctor import examine  # noqa: PLC0415

    return examine(read_config(vars(told)))


def _bundle(told: argparse.Namespace) -> int:
    from overlay.tools.bundles import COMMANDS as BUNDLES  # noqa: PLC0415

    return BUNDLES[told.command](told)


def _theme(told: argparse.Namespace) -> int:
    from overlay.tools.theming import COMMANDS as THEMING  # noqa: PLC0415

    return THEMING[told.doing](told)


COMMANDS = {
    "run": _run,
    "demo": _demo,
    "simulate": _simulate,
    "trace": _trace,
    "replay": _replay,
    "doctor": _doctor,
    "export": _bundle,
    "import": _bundle,
    "backup": _bundle,
    "restore": _bundle,
    "theme": _theme,
}


if __name__ == "__main__":
    raise SystemExit(main())
