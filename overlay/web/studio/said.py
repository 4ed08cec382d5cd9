"""What the program says in its own English, said again for creators: in their language, with the field by its name.

The core, the upstream and the store speak plain English for logs and scripts. Each of their sentences has a pattern
here, and under its key the words for people. A sentence without one is shown as it is. It decides nothing.
Longer than others, because it is one list.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from overlay.web.studio.said_boards import BOARDS, NAME, name_of
from overlay.web.studio.said_files import FILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.web.studio.words import Words

REASONS: Final = (
    # --- a creator's light: liveness, closings, the key ---
    ("off", "switched off"),
    ("connected", "connected"),
    ("silent", "connected, but nothing is heard"),
    ("ended", "the stream has ended"),
    ("all_in_use_live", "live, not connected: all sockets of this key are in use"),
    ("connecting", "connecting"),
    ("about", "live, about to connect"),
    ("day_unknown", "nothing is known about this creator for a day: is the handle still right?"),
    ("not_live", "not live"),
    ("not_live_says", "TikTool says that the creator is not live"),
    ("unknown_yet", "not known yet whether the creator is live"),
    ("pushed_out", "another connection of the same key pushed this one out"),
    ("closed_by_us", "closed by this server"),
    ("policy", "TikTool pauses it for 15 minutes{~tiktool}"),
    ("settings", "TikTool does not accept this creator's settings; check the handle{~tiktool}"),
    ("key_refused", "TikTool refuses the key; enter a valid one{~tiktool}"),
    ("permission", "the key is not allowed to read this creator{~tiktool}"),
    ("swept", "the key's sockets were swept"),
    ("swept_loud", "TikTool closed all sockets of this key: another program is using it"),
    ("longest_age", "the connection reached its longest age"),
    ("closed", "TikTool closed the connection"),
    ("closed_code", "TikTool closed the connection with {code}{~tiktool}"),
    ("answered", "TikTool answered {status} to the connection"),
    ("answered_http", "TikTool answered {status}"),
    ("untrusted", "TikTool cannot be reached: its certificate is not trusted here{!why}"),
    ("unreachable", "TikTool cannot be reached{!why}"),
    ("line_lost", "the line to TikTool was lost"),
    ("nothing_heard", "nothing was heard on the connection"),
    ("at_once", "connections close at once, {count} in a row; last: {=last}"),
    ("key_elsewhere", "this key is used elsewhere, or the socket budget is too high"),
    ("limits", "TikTool limits this key{~tiktool}"),
    ("daily", "the key's daily allowance is used up{~tiktool}"),
    ("hourly", "the key's connections per hour are used up{~tiktool}"),
    ("trying_again", "{=reason}; trying again"),
    ("asking", "{=reason}; asking whether the stream goes on"),
    ("no_key", "no TikTool key: enter one on the settings page"),
    ("shared_key", "this is TikTool's public demo key, which everybody shares: enter your own"),
    ("clear_key", "the key is only sent over wss and https: correct the addresses of TikTool in the settings"),
    ("no_simulator", "the simulator is not running"),
    (
        "foreign",
        (
            "the key's requests are used up without requests of this server: another program uses the key, or TikTool "
            "charges relayed events"
        ),
    ),
    ("no_answer", "no answer in time"),
    ("wss", "the key is only sent over wss"),
    ("https", "the key is only sent over https"),
    ("rate", "TikTool's rate limit is reached"),
    ("tier", "not part of this key's tier"),
    ("not_found", "not found a moment ago"),
    ("error_moment", "TikTool had an error a moment ago"),
    ("in_time", "TikTool did not answer in time"),
    ("too_long", "TikTool's answer is too long"),
    # --- captions ---
    ("minutes_used", "the allowance of caption minutes is used up"),
    ("all_in_use", "all sockets of this key are in use"),
    ("not_bought", "not bought for this creator"),
    ("monthly", "the monthly limit of {count} minutes is used up"),
    ("no_page", "no page shows these captions"),
    ("creator_not_live", "the creator is not live"),
    # --- the webhook ---
    ("hook_new", "the webhook at TikTool does not know the new creators ({tiktool}): make it anew"),
    ("hook_unknown", "the webhook is not known to TikTool any more: make it anew"),
    ("hook_off", "TikTool has switched the webhook off: its deliveries failed too often"),
)
FINDINGS: Final = (
    ("doc.program", "program"),
    ("doc.folder", "data folder"),
    ("doc.database", "database"),
    ("doc.port", "port"),
    ("doc.files", "open files"),
    ("doc.password", "password"),
    ("doc.clock", "clock"),
    ("doc.saving", "saving"),
    ("doc.sources", "browser sources"),
    ("doc.python", "overlay {version} on Python {python}"),
    ("doc.python.fix", "Install Python 3.11 or newer."),
    ("doc.free", "{folder}, {free} MB free"),
    ("doc.free.fix", "Make room on this disk: what is counted must be written down."),
    ("doc.folder.fix", "Give this account the right to write there, or name another folder with --data."),
    ("doc.none_yet", "none yet; the first start makes it"),
    ("doc.whole", "whole"),
    ("doc.database.fix", "Start the server once: it restores the last good backup by itself."),
    ("doc.port.free", "{port} is free"),
    ("doc.port.ours", "{port}: our server is running"),
    ("doc.port.other", "{port}: somebody else has it"),
    ("doc.port.fix", "End the other program, or choose another port with --port."),
    ("doc.files.any", "as many as this system has"),
    ("doc.files.many", "{now} now, raised up to {most} at start"),
    ("doc.files.fix", "Raise the limit of open files for this account (ulimit -n)."),
    ("doc.password.short", "OVERLAY_PASSWORD has fewer than {count} characters, and others can reach this server"),
    ("doc.password.here", "OVERLAY_PASSWORD has fewer than {count} characters; only this machine can try it"),
    ("doc.password.fix", "Choose a longer one: whoever guesses it can change everything here."),
    ("doc.no_key", "no key: only simulated creators run"),
    ("doc.late", "does not answer in time"),
    ("doc.unreachable", "cannot be reached"),
    ("doc.untrusted", "its certificate is not trusted here"),
    (
        "doc.untrusted.fix",
        "Let this machine set its clock by itself, and see whether a virus scanner looks into encrypted connections.",
    ),
    ("doc.no_answer.fix", "Check this machine's connection and firewall."),
    ("doc.refuses", "refuses the key"),
    ("doc.refuses.fix", "Enter the key anew on the settings page."),
    ("doc.clock.off", "{seconds} s off TikTool's"),
    ("doc.clock.fix", "Let this machine set its clock by itself."),
    ("doc.answered", "answered {status}, the clocks agree"),
    ("doc.later", "Try again later."),
    ("doc.saved", "everything is saved"),
    (
        "doc.saving.fix",
        "Make room on the disk; what was counted waits and is written as soon as it can be.",
    ),
    ("doc.none_open", "no overlay is open right now"),
    ("doc.none_in_obs", "no overlay is open in OBS right now"),
    ("doc.chromium", "Chromium {versions}"),
    ("doc.update_obs", "Update OBS to 28 or newer: its browser is too old for these overlays."),
    ("doc.creator.fix", "Look at the creator's page; the key is on the settings page."),
    ("doc.stuck", "stands still because of a bug: {bug}"),
    ("doc.bug", "Send the support bundle: this is a bug."),
)
REFUSALS: Final = (
    # --- what was typed ---
    ("most", "{@field} may be at most {limit}."),
    ("least", "{@field} must be at least {limit}."),
    ("longest", "{@field} may have at most {limit} characters."),
    ("empty", "{@field} must not be empty."),
    ("shortest", "{@field} must have at least {limit} characters."),
    ("most_entries", "{@field} may have at most {limit} entries."),
    ("form", "{@field} is not written the way it must be."),
    ("choice", "{@field} cannot be {value}."),
    ("number", "{@field} must be a number."),
    ("whole_number", "{@field} must be a whole number."),
    ("truth", "{@field} must be on or off."),
    ("text", "{@field} must be a text."),
    ("list", "{@field} must be a list."),
    ("object", "{@field} must be a group of values."),
    ("no_field", "There is no field {name}."),
    ("missing_field", "The field {name} is missing."),
    ("pages", "{field}: page times rows must not be more than 500."),
    ("handle_form", "The handle may hold only letters, digits, dots and underscores."),
    ("handle_taken", "@{handle} is there already."),
    ("time_zone", "There is no time zone {name}; use a name such as Europe/Berlin."),
    ("theme_unknown", "There is no theme {name}."),
    ("event_unknown", "There is no event {name}."),
    ("event_unread", "This event cannot be read: {reason}."),
    ("kind_fixed", "A widget keeps its kind and its creator."),
    ("no_stage", "Only alerts have a stage."),
    ("too_late", "There is no reset of the last minute to take back."),
    ("no_creator", "There is no such creator."),
    ("no_widget", "There is no such widget."),
    ("no_stream", "There is no such stream."),
    ("no_recording", "There is no such recording."),
    ("no_file", "There is no such file."),
    ("no_token", "There is no such token."),
    ("no_theme", "There is no such theme."),
    ("no_version", "There is no such version."),
    ("no_language", "There is no such language."),
    ("no_rehearsal", "There is no such rehearsal."),
    ("deleted_creator", "This creator is deleted."),
    ("deleted_widget", "This widget is deleted."),
    ("too_large", "The body may have at most {limit} bytes."),
    ("backup_large", "The backup may have at most {limit} bytes."),
    ("retype", "Enter the password again."),
    # --- OBS ---
    ("obs_unset", "OBS is not set up: give its WebSocket port and password first."),
    ("obs_silent", "OBS's WebSocket server does not answer. Is OBS running, and the server switched on in it?"),
    ("obs_password", "OBS did not accept the password of its WebSocket server."),
    ("speed", "The speed must be between 1 and 1000."),
    ("not_playing", "Nothing is being played for this creator."),
    ("nothing_here", "There is nothing at this address."),
    ("no_scenario", "There is no scenario {'name}."),
    ("kind_unknown", "This version does not know the kind {'name}."),
    ("kind_unknown", "There is no kind {'name}; there are {known}."),
    ("bug", "Something went wrong in the server; its log says more."),
    ("secret_unread", "This secret is not one of ours, or cannot be read."),
)
PATTERNS: Final = (*BOARDS, *REASONS, *FINDINGS, *REFUSALS, *FILES)
"""Key, and the program's own sentence. Slots: `{~x}` is an optional `: x` at its end and `{(x}` an optional ` (x)`,
which x (TikTool, FastMoss) said; `{!x}` is a `: x` that is left out; `{=x}` is another sentence of these, `{>x}` the
same with its full stop; `{@x}` is the name of a field, `{#x}` that of a board, `{/x}` that of a file, `{'x}` a word in
quotation marks."""

_SLOT: Final = re.compile(r"\{([~!=@(>#/']?)(\w+)\}")
SHAPES: Final = {
    "~": r"(?:: (?P<{name}>.+?))?",
    "!": r"(?:: (?P<{name}>.+?))?",
    "(": r"(?: \((?P<{name}>.+?)\))?",
    "'": r"(?P<{name}>'.*?'|\".*?\")",
    "/": r"(?P<{name}>[^\s:]+\.\w+)",
    "#": rf"(?P<{{name}}>{NAME})",
}
LONGEST: Final = 2000


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression; a full stop at the end and a capital at the beginning do not matter."""
    parts, at = [], 0
    for slot in _SLOT.finditer(pattern):
        parts.append(re.escape(pattern[at : slot.start()]))
        lead, name = slot[1], slot[2]
        parts.append(SHAPES.get(lead, r"(?P<{name}>.+?)").replace("{name}", name))
        at = slot.end()
    parts.append(re.escape(pattern[at:].rstrip(".") if pattern.endswith(".") else pattern[at:]))
    return re.compile("(?i)^" + "".join(parts) + r"\.?$", re.DOTALL)


@cache
def read_patterns() -> tuple[dict[str, str], list[tuple[str, re.Pattern[str], dict[str, str]]]]:
    """The patterns without slots by their text, and in their order those with slots and how each slot is meant."""
    plain = {text.rstrip(".").casefold(): key for key, text in PATTERNS if not _SLOT.search(text)}
    rows = [(key, compiled(text), {slot[2]: slot[1] for slot in _SLOT.finditer(text)}) for key, text in PATTERNS]
    return plain, [row for row in rows if row[2]]


class Said:
    """Says the program's sentences again."""

    def __init__(self) -> None:
        """Know the patterns."""
        self._plain, self._slotted = read_patterns()

    def find(self, sentence: str) -> tuple[str, dict[str, str], dict[str, str]] | None:
        """Key, slots and how each slot is meant, of a sentence; None for one that nobody knows."""
        bare = sentence.strip()
        key = self._plain.get(bare.rstrip(".").casefold())
        if key is not None:
            return key, {}, {}
        if len(bare) > LONGEST:
            return None
        for name, pattern, leads in self._slotted:
            found = pattern.match(bare)
            if found is not None:
                return name, {slot: text or "" for slot, text in found.groupdict().items()}, leads
        return None

    def __call__(self, words: Words, sentence: str, name_of_field: Callable[[str], str] | None = None) -> str:
        """The sentence in the words of a page; `name_of_field` names a field."""
        found = self.find(sentence)
        if found is None:
            return sentence
        key, slots, leads = found
        tail = ""
        for slot, lead in leads.items():
            text = slots[slot]
            match lead:
                case "@":
                    slots[slot] = name_of_field(text) if name_of_field is not None else text
                case "=" | ">":
                    told = self(words, text)
                    slots[slot] = told if lead == ">" else told.rstrip(".")
                case "#":
                    slots[slot] = name_of(words, text)
                case "'":
                    slots[slot] = text[1:-1]
                case "~" | "(":
                    tail = self._quoted(words, slot, text)
        return f"{words(f'said.{key}', **slots)} {tail}".strip()

    def _quoted(self, words: Words, who: str, text: str) -> str:
        """What somebody else said: in our own words if they are ours, else quoted. A bare number says nothing."""
        if not text or text.isdigit():
            return ""
        return self(words, text) if self.find(text) is not None else words(f"said.{who}", text=text)
