"""From which number to which a quantity is shown, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap

from rnnscope.figures.papers import twofold
from rnnscope.figures.style import NOT_FINITE, background, paper
from rnnscope.numbers import written

SIGNED_MAP = LinearSegmentedColormap.from_list(
    "rnnscope_signed", ["#0b2a5b", "#2f6db3", "#9ec6e4", "#f7f7f5", "#fac48f", "#e8853a", "#b3560b"]
)
"""From dark blue over white to a lighter orange: the two ends differ in grey as well."""

GATE_MAP, SIZE_MAP, STEP_MAP = "cividis", "viridis", "plasma"

STEPS = {"light": (0.0, 0.9), "dark": (0.18, 1.0)}
"""From where to where in its map time steps take their colours, on light and on dark paper."""

RAMPS = SIGNED_MAP, matplotlib.colormaps[GATE_MAP], matplotlib.colormaps[SIZE_MAP]
"""The colour maps of all scales."""

DECADES = 12
"""A scale of powers of ten has at most so many; what is smaller is shown at its low end."""


@dataclass(frozen=True)
class Scale:
    """From which number to which a quantity is shown, the same at every epoch.

    Attributes
    ----------
    low, high
        Its ends; of powers of ten, their exponents.
    kind
        `"gate"` (0 to 1), `"signed"` (symmetric about zero), `"size"` (from zero) or `"power"` (of ten).
    """

    low: float
    high: float
    kind: str

    @property
    def colours(self) -> Colormap:
        """Its colour map; NaN and infinity stand out, and zero, which is no power of ten, stays blank."""
        found = {"gate": GATE_MAP, "signed": SIGNED_MAP}.get(self.kind, SIZE_MAP)
        blank = paper() if self.kind == "power" else None
        return matplotlib.colormaps.get_cmap(found).with_extremes(bad=NOT_FINITE, under=blank)

    def places(self, values: np.ndarray) -> np.ndarray:
        """Return where values lie between the ends: themselves, or exponents of sizes, zero below the low end."""
        if self.kind != "power":
            return values
        with np.errstate(divide="ignore"):
            places = np.maximum(np.log10(np.abs(values).astype(float)), self.low)
        return np.where(values == 0, self.low - 1, places)

    def ends(self) -> list[str]:
        """Return the values at both ends and in the middle, written out."""
        places = self.low, (self.low + self.high) / 2, self.high
        return [written(10**place if self.kind == "power" else place, 2) for place in places]

    def wider(self, slack: float) -> Scale:
        """Return it with room for what comes: so much of its width more."""
        more = slack * (self.high - self.low)
        if self.kind == "gate":
            tenths = np.floor(10 * (self.low - more)), np.ceil(10 * (self.high + more))
            return Scale(max(tenths[0] / 10, 0.0), min(tenths[1] / 10, 1.0), "gate")
        low = self.low if self.kind == "size" else self.low - more
        return Scale(low, self.high + more, self.kind)

    def covers(self, other: Scale) -> bool:
        """Say whether all that another one shows can be shown on it."""
        return self.kind == other.kind and self.low <= other.low and other.high <= self.high

    def together(self, other: Scale) -> Scale:
        """Return the scale that shows what either shows."""
        kind = self.kind if self.kind == other.kind else "signed"
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Scale(-max(-low, high), max(-low, high), kind) if kind == "signed" else Scale(low, high, kind)


def scale_of(role: str, *arrays: np.ndarray) -> Scale:
    """Return the scale of a quantity over all that was recorded: gates from 0 to 1, all else symmetric about zero."""
    ends = [(np.nanmin(a), np.nanmax(a)) for a in map(finite, arrays) if not np.isnan(a).all()]
    low, high = (float(min(e[0] for e in ends)), float(max(e[1] for e in ends))) if ends else (0.0, 1.0)
    if role == "gate" and low >= 0 and high <= 1:
        return Scale(0.0, 1.0, "gate")
    limit = max(-low, high) or 1.0
    return Scale(-limit, limit, "signed")


def scale_of_powers(*arrays: np.ndarray) -> Scale:
    """Return the scale of sizes as powers of ten: from the smallest above zero, but not far below the largest."""
    known = [array[np.isfinite(array) & (array > 0)] for array in arrays]
    sizes = np.concatenate([*known, np.empty(0)])
    low, high = (float(np.log10(sizes.min())), float(np.log10(sizes.max()))) if sizes.size else (-1.0, 0.0)
    return Scale(max(low, high - DECADES), max(high, low + 0.1), "power")


def scale_of_sizes(*arrays: np.ndarray) -> Scale:
    """Return the scale of sizes, from zero to the largest finite one."""
    return Scale(0.0, max((float(np.max(a[np.isfinite(a)], initial=0.0)) for a in arrays), default=0.0) or 1.0, "size")


@twofold
def colours_of_steps(steps: int) -> np.ndarray:
    """Return the colour of each time step as RGBA, from a dark first to a bright last one."""
    return matplotlib.colormaps[STEP_MAP](np.linspace(*STEPS[background()], steps))


def finite(values: np.ndarray) -> np.ndarray:
    """Return an array with NaN in place of infinity."""
    return values if np.isfinite(values).all() else np.where(np.isfinite(values), values, np.nan)
