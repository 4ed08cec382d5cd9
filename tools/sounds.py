"""Makes the sounds of alerts: `python -m tools.sounds` writes static/sounds/*.wav anew, the same bytes each time.

They are ours: synthesised here, free for any use (CC0). Bells and plucks with a soft attack, well under full scale, so
that none startles. It reads nothing and needs only the standard library.
"""

import math
import struct
import wave
from pathlib import Path

RATE = 32000
OUT = Path(__file__).resolve().parent.parent / "static" / "sounds"
A4 = 440.0

Note = tuple[float, float, float]
"""When it starts in seconds, how many half tones above A4, how loud."""

TUNES: dict[str, tuple[float, list[Note]]] = {
    "gift": (0.9, [(0.0, 7, 0.5), (0.09, 12, 0.55)]),
    "combo": (0.6, [(0.0, 12, 0.4), (0.06, 16, 0.45), (0.12, 19, 0.45)]),
    "follow": (0.7, [(0.0, 4, 0.45), (0.12, 9, 0.4)]),
    "subscribe": (1.2, [(0.0, 0, 0.4), (0.1, 4, 0.4), (0.2, 7, 0.45), (0.3, 12, 0.4)]),
    "big": (1.9, [(0.0, -12, 0.4), (0.0, 0, 0.4), (0.12, 4, 0.4), (0.24, 7, 0.42), (0.36, 12, 0.5), (0.5, 16, 0.4)]),
    "goal": (2.0, [(0.0, 0, 0.42), (0.16, 0, 0.3), (0.3, 5, 0.42), (0.3, 9, 0.3), (0.55, 12, 0.5), (0.55, 16, 0.34)]),
}


def bell(pitch: float, seconds: float) -> float:
    """One struck note at a moment after its start: a few partials, the higher the sooner gone."""
    partials = ((1.0, 1.0, 4.2), (2.0, 0.42, 6.0), (3.01, 0.2, 9.0), (4.2, 0.08, 14.0))
    attack = min(1.0, seconds / 0.006)
    return attack * sum(
        loud * math.exp(-fade * seconds) * math.sin(2 * math.pi * pitch * ratio * seconds)
        for ratio, loud, fade in partials
    )


def render(length_s: float, notes: list[Note]) -> list[float]:
    """A tune as samples between -1 and 1, ending in silence."""
    samples = []
    for index in range(int(length_s * RATE)):
        now = index / RATE
        sounding = [(now - start, half, loud) for start, half, loud in notes if now >= start]
        level = sum(loud * bell(A4 * 2 ** (half / 12), since) for since, half, loud in sounding)
        samples.append(level * min(1.0, (length_s - now) / 0.15))
    peak = max(map(abs, samples))
    return [0.7 * level / peak for level in samples]


def main() -> None:
    """Write every sound."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (length_s, notes) in TUNES.items():
        samples = render(length_s, notes)
        with wave.open(str(OUT / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(struct.pack(f"<{len(samples)}h", *(round(32767 * level) for level in samples)))


if __name__ == "__main__":
    main()
