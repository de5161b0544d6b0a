"""Scales with their contrast where the values are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
from matplotlib.axes import Axes

from rnnscope.figures.drawing.artists import colour_bar
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.notes import Note, ramp
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.style import em
from rnnscope.languages import noted, tr

MIDDLE = 0.98
"""The part of the values that a scale spans; what lies beyond has the colour of its end."""

MIDDLE_GAP = 0.4
"""Below a scale the middle is written if it is so many font sizes away from both ends."""

WORDS_DOWN = 1.95
"""What the ends of a scale mean stands so many font sizes below it."""

STEP, WIDE = 0.05, 0.75
"""The ends of a gate's scale are multiples of this; one that would span so much is that from 0 to 1."""

ENOUGH_OF = 0.6
"""Several quantities share a scale if each of them spans so much of it: else the colours of one hardly differ."""

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


def joined(scales: Mapping[str, Scale]) -> dict[str, Scale]:
    """Return by kind one scale for all quantities of the kind, where each of them spans enough of it.

    Examples
    --------
    >>> joined({"i": Scale(0.1, 0.8, "gate"), "f": Scale(0.0, 1.0, "gate"), "c": Scale(-2, 2, "signed")})
    {'gate': Scale(low=0.0, high=1.0, kind='gate'), 'signed': Scale(low=-2, high=2, kind='signed')}
    >>> joined({"c": Scale(-2, 2, "signed"), "h": Scale(-0.1, 0.1, "signed")})
    {}
    """
    found: dict[str, list[Scale]] = {}
    for scale in scales.values():
        found.setdefault(scale.kind, []).append(scale)
    whole = {kind: reduce(Scale.together, own) for kind, own in found.items()}
    least = {kind: min(scale.high - scale.low for scale in own) for kind, own in found.items()}
    return {kind: scale for kind, scale in whole.items() if least[kind] >= ENOUGH_OF * (scale.high - scale.low)}


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
    low = tr("shut") if scale.low == 0 else tr("less open")
    return [low, tr("open") if scale.high == 1 else tr("more open")]


def draw_strip(axes: Axes, scale: Scale, values: np.ndarray) -> None:
    """Draw a scale into a panel of its own, with what its ends mean for values."""
    figure, wide = axes.get_figure(root=True), size_in_ems(axes, em())[0]
    low, middle, high = end_texts(scale, values)
    widest = max(text_width(figure, end) for end in (low, high)) + text_width(figure, middle) / 2
    colour_bar(axes, scale, [low, middle if widest + MIDDLE_GAP < wide / 2 else "", high])
    below = axes.transAxes + shift(axes, 0, -WORDS_DOWN)
    for across, word in enumerate(direction_words(scale)):
        write(axes, across, 0, word, side="right" if across else "left", transform=below)


def span_text(scale: Scale, values: np.ndarray) -> list[str]:
    """Return from where to where a scale goes, with what its ends mean for values, the longest way first."""
    low, _, high = end_texts(scale, values)
    return [tr("{low} to {high}", low=low, high=high), f"{low}, {high}"]


def scale_notes(scales: Mapping[str, Scale]) -> list[Note]:
    """Return what the colours of several quantities mean: from where to where they go, if that is the same for all."""
    common, found, has_gates = joined(scales), [], any(scale.kind == "gate" for scale in scales.values())
    for kind in sorted({scale.kind for scale in scales.values()}):
        whose = tr("gates") if kind == "gate" else tr("all that is not a gate") if has_gates else tr("all maps")
        if kind in common:
            low, _, high = common[kind].ends()
            less, more = direction_words(common[kind]) or ["", ""]
            long = tr("the colours of {maps}; what is beyond an end has its colour", maps=whose)
            ways = [f"{high} {more}".rstrip() + f"   {what}" for what in (long, whose)]
            found.append(Note(kind, tuple(ways), ramp(common[kind].colours), f"{less} {low}".lstrip()))
        else:
            is_gate = kind == "gate"
            less, more = (tr("less open"), tr("more open")) if is_gate else (tr("below 0"), tr("above 0"))
            colours = next(scale.colours for scale in scales.values() if scale.kind == kind)
            ends = noted("{what}; from where to where is written below each map")
            ways = [f"{more}   {tr(ends, what=whose)}", tr(ends, what=more)]
            found.append(Note(kind, tuple(ways), ramp(colours), less))
    return found


def _some(values: np.ndarray) -> np.ndarray:
    flat = values.reshape(-1)
    if flat.size > ENOUGH:
        flat = flat[np.random.default_rng(0).integers(flat.size, size=ENOUGH)]
    return flat[np.isfinite(flat)].astype(float)
