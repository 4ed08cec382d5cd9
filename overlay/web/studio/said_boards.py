"""What boards, FastMoss and the firehose say, as patterns for `said.py`, and the names of boards in a page's words.

It is a list and one small reader of names; it decides nothing. A test reads the sources for every sentence they can
say, so that none is missing here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from overlay.web.studio.words import Words

NAME: Final = (
    r"(?:(?:gaming[ _]movers|region[ _]movers|region|league|gaming|shopping|gifters) of [^\s:()]+"
    r"|(?:gaming movers|region movers|region|gaming|shopping) [^\s:()]+"
    r"|(?:league|gifters) [^\s:()]+ [^\s:()]+"
    r"|sellers [^\s:()]+ (?:day|week|month)[^:()]*?)"
)
"""How the name of a board looks; `name_of` says it again."""
BOARDS: Final = (
    # --- a board, and what is the matter with it; these stand first, for others would take them for something else ---
    ("board.kept_minute", "{#board}: {>problem} The overlay keeps the board of {count} minute ago."),
    ("board.kept_minutes", "{#board}: {>problem} The overlay keeps the board of {count} minutes ago."),
    ("board.kept_hours", "{#board}: {>problem} The overlay keeps the board of {count} hours ago."),
    ("board.age_minute", "The overlay keeps the board of {count} minute ago."),
    ("board.age_minutes", "The overlay keeps the board of {count} minutes ago."),
    ("board.age_hours", "The overlay keeps the board of {count} hours ago."),
    ("board.told", "{#board}: {>problem}"),
    ("board.name_key", "{#board} ({key})"),
    ("board.name", "{#board}"),
    # --- where a creator belongs ---
    ("no_key", "there is no TikTool key to ask with: enter one on the settings page"),
    ("key_refused", "TikTool does not accept the key{(tiktool}"),
    (
        "board.silent",
        "TikTool did not tell this creator's region just now; it is asked again in a minute, or set it",
    ),
    ("board.broken", "this creator's region could not be looked for"),
    (
        "board.no_region",
        "TikTool does not tell this creator's region (that needs its plan Ultra, and a creator in a league): set it",
    ),
    ("board.no_class", "TikTool does not tell this creator's league class: set it"),
    ("board.no_such_class", "there is no league class {'name}"),
    ("board.no_games", "This board has no game {'game}; it has no boards of single games with this plan."),
    ("board.no_game", "This board has no game {'game}; it has {known}."),
    # --- TikTool's answers ---
    ("board.unread", "the answer could not be read"),
    ("board.odd", "TikTool answered with something that is no board"),
    ("board.odd", "TikTool answered with something that cannot be read"),
    ("board.odd", "TikTool has no answer for this board"),
    ("board.odd", "TikTool gave no answer"),
    ("board.hint_pro", "TikTool's plan Pro (or Ultra for ids and pictures) shows all of it"),
    ("board.hint", "TikTool's plan {plan} shows all of it"),
    ("board.example", "TikTool shows only an example of this board; {>hint}"),
    ("board.nobody", "TikTool's answer has nobody on this board"),
    ("board.nobody_now", "TikTool has nobody on this board now; if that stays so, look at the region."),
    ("board.teaser", "TikTool shows a few random rows of this board, which is no ranking; {>hint}"),
    ("board.all_hidden", "All names on this board are hidden by the key's plan; {>hint}"),
    ("board.some_hidden", "Some names on this board are hidden by the key's plan; {>hint}"),
    ("board.not_accepted", "this account's plan or key is not accepted here"),
    ("board.not_in_plan", "the key's plan does not include this board{(tiktool}; {>hint}"),
    ("board.unknown", "TikTool does not know this region, class or creator{(tiktool}"),
    ("board.refused", "TikTool refuses this board{(tiktool}; look at region and class"),
    ("board.rate", "TikTool's rate limit is reached; the board is asked for again later"),
    ("board.signed", "TikTool has no data of its own for this board"),
    ("error_moment", "TikTool had an error{(tiktool}"),
    ("doc.board.fix", "It is asked for again by itself; the overlay keeps the last good answer."),
    # --- FastMoss ---
    ("fm.no_token", "there is no token for FastMoss; enter one on the settings page, or set FASTMOSS_TOKEN"),
    ("fm.https", "the FastMoss token is only sent over https"),
    ("fm.wait", "FastMoss asked us to wait"),
    ("fm.late", "FastMoss did not answer in time"),
    ("fm.unreachable", "FastMoss cannot be reached"),
    ("fm.refused", "FastMoss refuses the token"),
    ("fm.refused", "FastMoss refuses the token, or the token may not ask for live sellers{~fastmoss}"),
    ("fm.often", "FastMoss was asked too often{~fastmoss}"),
    ("fm.used_up", "the FastMoss account has used up what it may ask{~fastmoss}"),
    ("fm.error", "FastMoss had an error ({status})"),
    ("fm.error", "FastMoss had an error{~fastmoss}"),
    ("fm.odd", "FastMoss answered with something that cannot be read"),
    ("fm.odd", "FastMoss answered without a list of sellers"),
    ("fm.odd", "FastMoss refused to answer{~fastmoss}"),
    ("fm.odd", "FastMoss answered {status}"),
    ("fm.choice", "FastMoss does not accept this choice of region, date or category{~fastmoss}"),
    ("fm.nothing", "FastMoss has nothing for this choice{~fastmoss}"),
    ("fm.nothing", "FastMoss has no sellers for this choice ({date})"),
    ("fm.no_figures", "FastMoss has no figures of {date} yet"),
    # --- the firehose ---
    ("fh.none", "No gifts to other creators: {>reason}"),
    ("fh.refused", "the firehose needs TikTool's plan Global Agency, and TikTool refuses it to this key{(tiktool}"),
    ("fh.below", "the firehose needs TikTool's plan Global Agency"),
    ("fh.unread", "TikTool's firehose does not accept this region or league class{(tiktool}"),
    ("fh.off", "no overlay shows gifts to other creators"),
)

_OF: Final = re.compile(r"^(?P<board>[a-z_ ]+) of (?P<of>\S+)$", re.IGNORECASE)
_PAGE: Final = re.compile(r" page (?P<page>\d+) of (?P<size>\d+)$")
_CATEGORY: Final = re.compile(r"^(?P<before>.*) category (?P<category>\d+)(?P<after>.*)$")
_PLAIN: Final = re.compile(r"^(?P<board>gaming movers|region movers|\w+) (?P<rest>.+)$", re.IGNORECASE)
PERIODS: Final = {
    "day": "choice.day", "week": "choice.date_type.week", "month": "choice.date_type.month", "daily": "choice.daily",
    "weekly": "choice.weekly", "monthly": "choice.monthly", "lifetime": "choice.lifetime",
}  # fmt: skip


def name_of(words: Words, text: str) -> str:
    """The name of a board: what kind it is and what was chosen, one beside the other, as in every language."""
    of = _OF.match(text)
    if of is not None:
        return f"{kind_of(words, of['board'])} · {of['of']}"
    behind: list[str] = []
    page = _PAGE.search(text)
    if page is not None:
        text = text[: page.start()]
        behind = [f"{words('option.page')} {page['page']} ({page['size']})"]
    category = _CATEGORY.match(text)
    if category is not None:
        text = category["before"] + category["after"]
        behind.insert(0, f"{words('option.category')} {category['category']}")
    if text.endswith(" by revenue"):
        text = text.removesuffix(" by revenue")
        behind.append(words("choice.gmv"))
    found = _PLAIN.match(text)
    if found is None:
        return text
    chosen = [words(PERIODS[one]) if one in PERIODS else one for one in found["rest"].split()]
    return " · ".join([kind_of(words, found["board"]), *chosen, *behind])


def kind_of(words: Words, board: str) -> str:
    """What kind of board it is, as its choice in the editor is called."""
    name = board.lower().replace(" ", "_")
    return words("kind.sellers") if name == "sellers" else words.first(f"choice.{name}", name)
