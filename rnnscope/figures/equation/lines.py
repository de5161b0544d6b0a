"""An equation that is too long for one line goes on in the next, which a sign begins."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

GAP = 0.35
"""Between two pieces, in font sizes."""


def places_in_lines(
    pieces: Sequence[str | sympy.Symbol], wides: Sequence[float], start: float, room: float
) -> list[tuple[float, int]]:
    """Return where the middle of each piece stands in its line, and in which line, the first being 0.

    Every line begins at `start`. A sign goes to the next line if what follows, up to the next sign, ends beyond `room`.

    Examples
    --------
    >>> places_in_lines(["a", "+", "b"], [1.0, 1.0, 1.0], 0.0, 3.0)
    [(0.5, 0), (0.5, 1), (1.85, 1)]
    """
    signs = [k for k, piece in enumerate(pieces) if isinstance(piece, str) and piece in ("+", "−")]
    found, x, line = [], start, 0
    for k, wide in enumerate(wides):
        next_sign = next((sign for sign in signs if sign > k), len(pieces))
        if k in signs and x + sum(wides[k:next_sign]) + GAP * (next_sign - k) > room:
            x, line = start, line + 1
        found.append((x + wide / 2, line))
        x += wide + GAP
    return found
