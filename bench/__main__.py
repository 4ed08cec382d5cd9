"""The figures: `python -m bench` runs the short form of each, `python -m bench fanout agency` those that are named.

What stands after a name up to the next name goes to that bench: `python -m bench store --facts 1000000 fanout`.
`python -m bench --small` runs each for a few seconds with next to nothing: to see that it still runs, not for figures.
"""

from __future__ import annotations

import importlib
import sys

NAMES = {
    "decode": "how fast frames are read",
    "store": "the store with millions of facts",
    "fanout": "a message to many streams, beside others who do the same",
    "agency": "500 creators x 10 widgets x 2 streams at everyday load",
    "costs": "one more gift, widget, stream, creator; an idle server; its start",
    "flood": "a flood of gifts for minutes: memory, and the counts against the truth",
}
SHORT = {
    "store": ["--facts", "200000", "--people", "10000"],
    "fanout": ["--rounds", "1", "--streams", "100,1000"],
    "agency": ["--seconds", "20"],
    "flood": ["--seconds", "60"],
}
SMALL = {
    "decode": ["--seconds", "0.05", "--people", "500"],
    "store": ["--facts", "2000", "--people", "100", "--ticks", "5"],
    "fanout": ["--rounds", "1", "--streams", "20", "--deliveries", "200", "--every", "--here"],
    "agency": ["--creators", "2", "--widgets", "2", "--seconds", "2", "--settle", "1"],
    "costs": ["--gifts", "100", "--starts", "1", "--rest", "1", "--creators", "2", "--streams", "20"],
    "flood": ["--seconds", "4"],
}
"""The least that still goes through all of each. Nothing is fetched for it."""


def chosen(words: list[str]) -> list[tuple[str, list[str]]]:
    """Split the command line into benches and what each is told."""
    if words == ["--small"]:
        return [(name, SMALL[name]) for name in NAMES]
    if not words:
        return [(name, SHORT.get(name, [])) for name in NAMES]
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if word in NAMES:
            found.append((word, []))
        elif found:
            found[-1][1].append(word)
        else:
            raise SystemExit(f"there is no bench {word!r}; there are {', '.join(NAMES)}")
    return found


def main() -> int:
    """Run them one after another; 1 if any misses its figures."""
    words = sys.argv[1:]
    if words and words[0] in {"-h", "--help"}:
        print(__doc__.strip())
        print(*(f"  {name:8} {what}" for name, what in NAMES.items()), sep="\n")
        return 0
    missed = []
    for name, told in chosen(words):
        print(f"--- {name}", flush=True)
        part = importlib.import_module(f"bench.{name}")
        sys.argv = [f"bench {name}", *told]
        if part.main():
            missed.append(name)
    if missed:
        print(f"missed its figures: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
