"""Which gate opened? Every quantity of a layer as a heat map, time steps by units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rnnscope.figures.style import MARK, Scale, canvas, panels, scale_of
from rnnscope.trace import Cursor, Trace


@dataclass(frozen=True)
class Panel:
    """One heat map: the values of a quantity, (unit, time), and their scale."""

    quantity: str
    meaning: str
    values: np.ndarray
    scale: Scale


def gates_data(trace: Trace, cursor: Cursor) -> list[Panel]:
    """Return what the view shows at a moment: one panel per quantity, in phase order."""
    layer, epoch = trace[cursor.layer], int(np.flatnonzero(trace.epochs == cursor.epoch)[0])
    found = []
    for name in layer.quantities:
        values, quantity = layer[name], layer.cell[name]
        scale = scale_of(quantity.role, values)
        found.append(Panel(name, quantity.meaning, values[epoch, cursor.sample].T, scale))
    return found


def gates(
    trace: Trace,
    cursor: Cursor | None = None,
    *,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Draw every quantity of a recurrent layer over time, a row per unit.

    Gates run from 0 (shut) to 1 (open); everything else is symmetric about zero. The scale of a quantity is the same
    at every epoch, so that two pictures can be compared.

    Parameters
    ----------
    trace
        What was recorded.
    cursor
        The moment: epoch, layer, sample and time step (marked); by default the end of training in the first layer.
    ax
        Axes to draw into; by default a figure of its own.
    figsize
        Size of the figure in inches.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `figure.alt` says in words what it shows.
    """
    moment = (cursor or Cursor()).at(trace)
    layer = trace[moment.layer]
    if not layer.is_recurrent:
        raise ValueError(f"layer: expected a recurrent layer; {layer.name!r} is {layer.kind}")
    data = gates_data(trace, moment)
    figure, host = canvas(ax, figsize, (2.2 + 1.7 * len(data), 4.4))
    for k, (panel, axes) in enumerate(zip(data, panels(host, len(data), 0.55), strict=True)):
        _draw(axes, panel, moment, first=k == 0)
    host.set_title(f"{layer.kind} layer {layer.name!r}\n{_when(trace, moment)}", pad=26)
    figure.alt = _words(data, moment, layer.kind)
    return figure


def _draw(axes: Axes, panel: Panel, moment: Cursor, *, first: bool) -> None:
    units, steps = panel.values.shape
    image = axes.imshow(
        np.ma.masked_invalid(panel.values),
        aspect="auto",
        interpolation="nearest",
        cmap=panel.scale.colours,
        vmin=panel.scale.low,
        vmax=panel.scale.high,
    )
    axes.set_title(panel.quantity, fontweight="bold", pad=5)
    axes.set_xlabel("time step")
    axes.set_xticks(np.unique(np.linspace(0, steps - 1, min(steps, 4)).round()))
    axes.set_yticks(np.unique(np.linspace(0, units - 1, min(units, 5)).round()))
    column = Rectangle((moment.time - 0.5, -0.5), 1, units, fill=False, edgecolor=MARK, linewidth=2, clip_on=False)
    axes.add_patch(column)
    axes.tick_params(labelleft=first)
    if first:
        axes.set_ylabel("unit")
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.05, 0, 0.07, 1)))
    ends = [panel.scale.low, (panel.scale.low + panel.scale.high) / 2, panel.scale.high]
    bar.set_ticks(ends, labels=[f"{value:.2g}" for value in ends], fontsize=8)


def _when(trace: Trace, moment: Cursor) -> str:
    """Return epoch, sample and time step in words; short windows of one feature are written out."""
    window = ", ".join(f"{value:g}" for value in trace.x[moment.sample].ravel())
    inputs = f" ({window})" if trace.x[moment.sample].size <= 8 else ""
    return f"epoch {moment.epoch}, sample {moment.sample}{inputs}, time step {moment.time}"


def _words(data: list[Panel], moment: Cursor, kind: str) -> str:
    means = [f"{p.quantity} ({p.meaning}) {np.nanmean(p.values[:, moment.time]):.3g}" for p in data]
    return (
        f"Heat maps of layer {moment.layer} ({kind}), time steps by units, at epoch {moment.epoch}, sample "
        f"{moment.sample}. Means over all units at time step {moment.time}: {'; '.join(means)}."
    )
