"""The texts of the view of training: losses, predictions with their errors, and the answers to unseen inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnscope.figures.training.data import TrainingData
from rnnscope.numbers import MOST_INPUTS, inputs_text, written
from rnnscope.trace import Moment, Trace

MOST_UNSEEN, MOST_OUTPUTS = 6, 4
"""At most so many unseen inputs are listed, and so many numbers of a prediction written."""


def loss_texts(moment: Moment, data: TrainingData) -> list[str]:
    """Return the losses of the epoch, the longest way first."""
    names = {"loss": "loss", "val_loss": "validation"}
    named = ", ".join(f"{names[name]} {written(value)}" for name, value in data.losses.items())
    return [f"epoch {moment.epoch}: {named}", named, ", ".join(map(written, data.losses.values()))]


def prediction_texts(moment: Moment, data: TrainingData, *, each_step: bool) -> list[str]:
    """Return the prediction with its target and its error, and how far all are off, the longest way first."""
    where = f"sample {moment.sample}, time step {moment.time}" if each_step else f"sample {moment.sample}"
    pairs = [("prediction", data.point[1])]
    pairs += [] if data.targets is None else [("target", data.targets)]
    found = [", ".join(f"{name} {numbers(v, most)}" for name, v in pairs) for most in range(MOST_OUTPUTS, 0, -1)]
    lost = [f"{where}: {found[0]} ({data.lost} not finite)"] if data.lost else []
    exact = [f"{front}{found[0]}{error}" for front in (f"{where}: ", "") for error in _error_texts(data)]
    if exact and len(data.targets) == 1:
        short = f"{numbers(data.point[1])} for {numbers(data.targets)}; {_mean_text(data)}"
        exact[1:1] = [f"{where}: {short}", short]
    return [*lost, *exact, f"{where}: {found[0]}", *found, numbers(data.point[1], 1)]


def unseen_texts(data: TrainingData, names: Sequence[str], most: int) -> list[str]:
    """Return the answer to each unseen input, and what would be right."""
    right = data.unseen_targets
    goals = [""] * len(names) if right is None else [f" (right: {numbers(goal, most)})" for goal in right]
    each = zip(names, data.unseen, goals, strict=False)
    return [f"{name} → {numbers(values, most)}{goal}" for name, values, goal in each]


def unseen_names(unseen: Trace) -> list[str]:
    """Return what the first unseen inputs are called: their numbers, if these are few."""
    windows = unseen.x[:MOST_UNSEEN]
    if windows[0].size > MOST_INPUTS:
        return [f"sample {k}" for k in range(len(windows))]
    return [inputs_text(window) for window in windows]


def numbers(values: np.ndarray, most: int = MOST_OUTPUTS) -> str:
    """Return the first few numbers in a row."""
    return ", ".join(map(written, values[:most].tolist())) + (" …" if len(values) > most else "")


def _mean_text(data: TrainingData) -> str:
    """Return how far all predictions are off."""
    return f"all: off by {written(data.distance)} on average"


def _error_texts(data: TrainingData) -> list[str]:
    """Return the error of a single prediction, and how far all are off on average, the longest way first."""
    if data.targets is None or data.distance is None or data.lost:
        return []
    mean = _mean_text(data)
    if len(data.targets) > 1:
        return [f"; {mean}"]
    error = f", error {written(float(data.point[1][0] - data.targets[0]))}"
    return [f"{error}; {mean}", error]
