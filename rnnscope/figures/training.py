"""How training went: the loss, and the predictions on their way to the targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnscope.figures.style import LINE, MARK, TARGET, canvas, panels
from rnnscope.trace import Cursor, Trace

MOST_LINES = 12
"""So many predictions are drawn at most."""


@dataclass(frozen=True)
class TrainingData:
    """What the view shows: the loss of every epoch, and predictions (epoch, line) with their targets (line,)."""

    losses: dict[str, np.ndarray]
    epochs: np.ndarray
    predictions: np.ndarray
    targets: np.ndarray | None


def training_data(trace: Trace) -> TrainingData:
    """Return what the view shows."""
    losses = {name: np.asarray(values) for name, values in trace.history.items()}
    lines = trace.predictions.reshape(len(trace.epochs), -1)[:, :MOST_LINES]
    targets = None if trace.y is None else trace.y.reshape(-1)[:MOST_LINES]
    return TrainingData(losses, trace.epochs, lines, targets)


def training(
    trace: Trace,
    cursor: Cursor | None = None,
    *,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Draw the loss of every epoch on a logarithmic scale, and the predictions on their way to the targets.

    Parameters
    ----------
    trace
        What was recorded.
    cursor
        The moment; its epoch is marked.
    ax
        Axes to draw into; by default a figure of its own.
    figsize
        Size of the figure in inches.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `figure.alt` says in words what it shows.
    """
    moment, data = (cursor or Cursor()).at(trace), training_data(trace)
    figure, host = canvas(ax, figsize, (8.5, 3.6))
    left, right = panels(host, 2, 0.25)
    kinds = " + ".join(f"{trace[name].kind}({trace[name].units})" for name in trace.layers)
    host.set_title(f"{kinds}, epoch {moment.epoch}", pad=22)
    _draw_losses(left, data, moment)
    _draw_predictions(right, data, moment)
    figure.alt = _words(data, moment, kinds)
    return figure


def _draw_losses(axes: Axes, data: TrainingData, moment: Cursor) -> None:
    for (name, values), style in zip(data.losses.items(), ("-", "--"), strict=False):
        axes.plot(values, style, color=LINE, label={"loss": "training", "val_loss": "validation"}.get(name, name))
        axes.plot([moment.epoch], values[[moment.epoch]], "o", color=MARK)
    axes.set_yscale("log")
    axes.set(title="loss", xlabel="epoch")
    if len(data.losses) > 1:
        axes.legend()


def _draw_predictions(axes: Axes, data: TrainingData, moment: Cursor) -> None:
    axes.plot(data.epochs, data.predictions, color=LINE, linewidth=1)
    at = np.flatnonzero(data.epochs == moment.epoch)
    axes.plot(
        np.repeat(data.epochs[at], data.predictions.shape[1]), data.predictions[at].ravel(), "o", color=MARK, ms=4
    )
    title = "predictions"
    if data.targets is not None:
        title += " and targets (dashed)"
        for target in data.targets:
            axes.axhline(target, color=TARGET, linewidth=0.8, linestyle="--")
    axes.set(title=title, xlabel="epoch", ylabel="output")


def _words(data: TrainingData, moment: Cursor, kinds: str) -> str:
    at = data.epochs == moment.epoch
    pairs = ", ".join(f"{value:.4g}" for value in data.predictions[at].ravel())
    losses = "; ".join(
        f"{name} {values[moment.epoch]:.4g}, at first {values[0]:.4g}" for name, values in data.losses.items()
    )
    goal = "" if data.targets is None else f"; targets {', '.join(f'{value:.4g}' for value in data.targets)}"
    return f"Training of {kinds} at epoch {moment.epoch}: {losses}. Predictions {pairs}{goal}."
