"""The picture of an ablation: for each gate the loss when it is held, beside the loss of the net as it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.ticker import NullFormatter

from rnnscope.checks import number
from rnnscope.figures import style
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.still import StillPicture
from rnnscope.languages import noted, tr
from rnnscope.numbers import written

if TYPE_CHECKING:
    from rnnscope.interventions.ablation import Ablation

MARKS = {
    0.0: ("v", noted("held at 0 (shut)")),
    1.0: ("^", noted("held at 1 (open)")),
    "mean": ("o", noted("held at its mean")),
}
"""How the losses are marked: by what a gate is held at."""

CLEAR = 1.1
"""A gate whose hold makes the loss so many times as large is said to matter."""


@fallbacks()
def draw(found: Ablation, figsize: Sequence[float] | None = None) -> StillPicture:
    """Return the picture: a row per gate, a mark per value that it is held at, a line for the loss as it is."""
    gates = list(dict.fromkeys((row.layer, row.gate) for row in found.rows))
    wide, high = (7.2, 1.4 + 0.34 * len(gates)) if figsize is None else figsize
    number("figsize: width", wide, 3)
    number("figsize: height", high, 2)
    figure = StillPicture(sentence(found), str(found), figsize=(wide, high), layout="constrained")
    axes = figure.add_subplot()
    for place, (value, (mark, label)) in enumerate(MARKS.items()):
        own = {(row.layer, row.gate): row.loss for row in found.rows if row.value == value}
        heights = [k + 0.18 * (place - 1) for k, gate in enumerate(gates) if math.isfinite(own[gate])]
        losses = [own[gate] for gate in gates if math.isfinite(own[gate])]
        look = {"color": style.trace_look(place)["color"], "s": 6 * style.em(), "zorder": 3}
        axes.scatter(losses, heights, marker=mark, label=tr(label), **look)
    axes.axvline(found.loss, color=style.ink(), linestyle=style.TRACE_DASHES[1], label=tr("as it is"), zorder=2)
    spread = [row.loss for row in found.rows if row.loss > 0 and math.isfinite(row.loss)] + [found.loss]
    if min(spread) > 0 and max(spread) > 20 * min(spread):
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(gates)), [f"{layer} · {gate}" for layer, gate in gates])
    axes.set_ylim(len(gates) - 0.5, -0.5)
    axes.grid(axis="y", color=style.faint(0.85))
    style.dress(axes, xlabel=tr("loss"))
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=style.small())
    figure.suptitle(figure.title, fontsize=style.em(), color=style.ink())
    return figure


def sentence(found: Ablation) -> str:
    """Return what the picture shows, in a sentence.

    Parameters
    ----------
    found
        The losses.
    """
    finite = [row for row in found.rows if math.isfinite(row.loss)]
    worst = max(finite, key=lambda row: row.loss, default=None)
    if worst is None or found.ratio(worst) < CLEAR:
        return tr("No gate matters much: whatever one is held at, the loss stays within a tenth of what it is.")
    parts = {"gate": worst.gate, "layer": worst.layer, "times": written(found.ratio(worst), 2)}
    if isinstance(worst.value, str):
        return tr(
            "Holding {gate} of {layer} at its mean costs most: the loss is {times} times as large as without.", **parts
        )
    return tr(
        "Holding {gate} of {layer} at {value} costs most: the loss is {times} times as large as without.",
        value=f"{worst.value:g}",
        **parts,
    )
