"""Scales with their contrast where the values are."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from rnnscope.figures.drawing.artists import colour_bar
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.style import em

MIDDLE = 0.98
"""The part of the values that a scale spans; what lies beyond has the colour of its end."""

MIDDLE_GAP = 0.4
"""Below a scale the middle is written if it is so many font sizes away from both ends."""

WORDS_DOWN = 1.95
"""What the ends of a scale mean stands so many font sizes below it."""

STEP, WIDE = 0.05, 0.75
"""The ends of a gate's scale are multiples of this; one that would span so much is that from 0 to 1."""

ENOUGH = 200_000
"""Of more values so many are looked at, drawn by lot."""


def contrast_scale(role: str, values: np.ndarray) -> Scale:
    """Return the scale on which most values differ most in colour: it spans the middle 98 % of them.

    Parameters
    ----------
    role
        The role of the quantity; that of a gate goes from one multiple of 0.05 to another, anything else is symmetric.
    values
        All values that it is for. NaN and infinity are left out.

    Examples
    --------
    >>> contrast_scale("gate", np.linspace(0.43, 0.58, 300)), contrast_scale("gate", np.linspace(0.1, 0.95, 300))
    (Scale(low=0.4, high=0.6, kind='gate'), Scale(low=0.0, high=1.0, kind='gate'))
    """
    whole, some = scale_of(role, values), _some(values)
    if not some.size:
        return whole
    if whole.kind == "gate":
        low, high = np.quantile(some, ((1 - MIDDLE) / 2, (1 + MIDDLE) / 2))
        if high - low >= WIDE:
            return whole
        first = int(np.clip(np.floor(low / STEP), 0, round(1 / STEP) - 1))
        last = max(int(np.ceil(high / STEP)), first + 1)
        return Scale(round(first * STEP, 2), round(last * STEP, 2), "gate")
    limit = float(np.quantile(np.abs(some), MIDDLE)) or whole.high
    return Scale(-limit, limit, whole.kind)


def end_texts(scale: Scale, values: np.ndarray) -> list[str]:
    """Return what is written at both ends and in the middle of a scale: with ≤ and ≥ if values lie beyond."""
    low, middle, high = scale.ends()
    known = values[np.isfinite(values)]
    is_below = np.min(known, initial=scale.low) < scale.low
    is_above = np.max(known, initial=scale.high) > scale.high
    return ["≤" * bool(is_below) + low, middle, "≥" * bool(is_above) + high]


def direction_words(scale: Scale) -> list[str]:
    """Return what the two ends of a gate's scale mean, or nothing for other scales."""
    if scale.kind != "gate":
        return []
    return ["shut" if scale.low == 0 else "less open", "open" if scale.high == 1 else "more open"]


def draw_strip(axes: Axes, scale: Scale, values: np.ndarray) -> None:
    """Draw a scale into a panel of its own, with what its ends mean for values."""
    figure, wide = axes.get_figure(root=True), size_in_ems(axes, em())[0]
    low, middle, high = end_texts(scale, values)
    widest = max(text_width(figure, end) for end in (low, high)) + text_width(figure, middle) / 2
    colour_bar(axes, scale, [low, middle if widest + MIDDLE_GAP < wide / 2 else "", high])
    below = axes.transAxes + shift(axes, 0, -WORDS_DOWN)
    for across, word in enumerate(direction_words(scale)):
        write(axes, across, 0, word, side="right" if across else "left", transform=below)


def _some(values: np.ndarray) -> np.ndarray:
    flat = values.reshape(-1)
    if flat.size > ENOUGH:
        flat = flat[np.random.default_rng(0).integers(flat.size, size=ENOUGH)]
    return flat[np.isfinite(flat)].astype(float)
