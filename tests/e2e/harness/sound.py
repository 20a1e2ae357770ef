"""Comparing sound with sound: what of a piece that never repeats stands where in a recording of it."""

import math
import struct

PIECE = 320  # bytes of 20 ms


class Found:
    """Where `played` stands in `recorded` (16-bit samples at 8 kHz): pieces of 20 ms, found or not."""

    def __init__(self, recorded, played):
        self.at = []  # (seconds in played, seconds in recorded)
        self.pieces = len(played) // PIECE
        behind = 0
        for i in range(self.pieces):
            where = recorded.find(played[i * PIECE:(i + 1) * PIECE], behind)
            if where >= 0:
                self.at.append((i * PIECE / 16000, where / 16000))
                behind = where

    @property
    def share(self):
        """Of all pieces, in their order."""
        return len(self.at) / max(1, self.pieces)

    @property
    def stretch(self):
        """Seconds that the recording takes longer from the first to the last piece found."""
        (first, start), (last, end) = self.at[0], self.at[-1]
        return (end - start) - (last - first)

    @property
    def runs(self):
        """[(from, to, offset)] of played that stand in the recording without a break, to 5 ms."""
        found = []
        for at, where in self.at:
            if found and abs(where - at - found[-1][2]) < 0.005 and at - found[-1][1] < 0.021:
                found[-1] = (found[-1][0], at, found[-1][2])
            else:
                found.append((at, at, where - at))
        return [(a, b + 0.02, offset) for a, b, offset in found]

    def __repr__(self):
        runs = ", ".join(f"{a:.2f}-{b:.2f} at {a + o:.3f}" for a, b, o in self.runs)
        return f"{self.share:.3f} of {self.pieces * 0.02:.2f} s: {runs}"


def values(samples):
    return struct.unpack(f"<{len(samples) // 2}h", samples)


def strength(samples, hertz):
    """The share of the sound's power that a sine of this frequency has (Goertzel), 0 to 1."""
    v = values(samples)
    w = 2 * math.pi * hertz / 8000
    re = sum(x * math.cos(w * i) for i, x in enumerate(v))
    im = sum(x * math.sin(w * i) for i, x in enumerate(v))
    power = sum(x * x for x in v)
    return 2 * (re * re + im * im) / (len(v) * power) if power else 0.0
