"""The texts of the view of training: losses, predictions with their errors, and the answers to unseen inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnscope.analysis.classes import class_of, shares_of_classes
from rnnscope.figures.classes import class_text
from rnnscope.figures.training.data import TrainingData
from rnnscope.numbers import percent, written
from rnnscope.trace import Labels, Moment, Trace
from rnnscope.trace.clock import output_step
from rnnscope.trace.naming import epoch_in_words, has_few_inputs, inputs_in_words, sample_in_words

MOST_UNSEEN, MOST_OUTPUTS = 6, 4
"""At most so many unseen inputs are listed, and so many numbers of a prediction written."""


def loss_texts(moment: Moment, data: TrainingData) -> list[str]:
    """Return the losses of the epoch, the longest way first."""
    names = {"loss": "loss", "val_loss": "validation"}
    named = ", ".join(f"{names[name]} {written(value)}" for name, value in data.losses.items())
    return [
        f"{epoch_in_words(moment.trace, moment.epoch)}: {named}",
        named,
        ", ".join(map(written, data.losses.values())),
    ]


def prediction_texts(moment: Moment, data: TrainingData, *, each_step: bool) -> list[str]:
    """Return the prediction with its target and its error, and how far all are off, the longest way first."""
    where = sample_in_words(moment.trace, moment.sample)
    where += f", time step {output_step(moment)}" if each_step else ""
    labels = moment.trace.labels
    if data.right is not None:
        return _class_ways(where, labels, data)
    pairs = [("prediction", data.point[1])]
    pairs += [] if data.targets is None else [("target", data.targets)]
    found = [
        ", ".join(f"{name} {labels.with_unit(numbers(v, most))}" for name, v in pairs)
        for most in range(MOST_OUTPUTS, 0, -1)
    ]
    lost = [f"{where}: {found[0]} ({data.lost} not finite)"] if data.lost else []
    exact = [f"{front}{found[0]}{error}" for front in (f"{where}: ", "") for error in _error_texts(data, labels)]
    if exact and len(data.targets) == 1:
        short = f"{numbers(data.point[1])} for {labels.with_unit(numbers(data.targets))}; {_mean_text(data, labels)}"
        exact[1:1] = [f"{where}: {short}", short]
    return [*lost, *exact, f"{where}: {found[0]}", *found, numbers(data.point[1], 1)]


def unseen_texts(data: TrainingData, names: Sequence[str], most: int, labels: Labels, *, of_classes: bool) -> list[str]:
    """Return the answer to each unseen input, and what would be right; the likeliest class if outputs are classes."""
    right = data.unseen_targets
    if of_classes:
        said = [class_text(labels, values) for values in data.unseen]
        goals = [""] * len(names) if right is None else [f", right: {right_class(labels, goal)}" for goal in right]
        return [f"{name} → {answer}{goal}" for name, answer, goal in zip(names, said, goals, strict=False)]
    said = [labels.with_unit(numbers(values, most)) for values in data.unseen]
    goals = [""] * len(names)
    if right is not None:
        goals = [f" (right: {labels.with_unit(numbers(goal, most))})" for goal in right]
    return [f"{name} → {answer}{goal}" for name, answer, goal in zip(names, said, goals, strict=False)]


def unseen_names(unseen: Trace) -> list[str]:
    """Return what the first unseen inputs are called: their labels or numbers, if these are few."""
    samples = range(len(unseen.x[:MOST_UNSEEN]))
    if unseen.labels.samples or not has_few_inputs(unseen):
        return [sample_in_words(unseen, sample) for sample in samples]
    return [inputs_in_words(unseen, sample) for sample in samples]


def right_class(labels: Labels, target: np.ndarray) -> str:
    """Return the class that a target means."""
    return labels.of_class(class_of(target))


def numbers(values: np.ndarray, most: int = MOST_OUTPUTS) -> str:
    """Return the first few numbers in a row."""
    return ", ".join(map(written, values[:most].tolist())) + (" …" if len(values) > most else "")


def _class_ways(where: str, labels: Labels, data: TrainingData) -> list[str]:
    """Return which class is said, which is right, and for how many it is, the longest way first."""
    said, right = class_text(labels, data.point[1]), class_of(data.targets)
    is_right = int(shares_of_classes(data.point[1]).argmax()) == right
    goal = "right" if is_right else f"right: {class_text(labels, data.point[1], right)}"
    of_all = f"accuracy {percent(float(data.right.mean()))} ({data.right.sum()} of {data.right.size})"
    return [f"{where}: {said}, {goal}; {of_all}", f"{said}, {goal}; {of_all}", f"{said}, {goal}", said, of_all]


def _mean_text(data: TrainingData, labels: Labels) -> str:
    """Return how far all predictions are off."""
    return f"all: off by {labels.with_unit(written(data.distance))} on average"


def _error_texts(data: TrainingData, labels: Labels) -> list[str]:
    """Return the error of a single prediction, and how far all are off on average, the longest way first."""
    if data.targets is None or data.distance is None or data.lost:
        return []
    mean = _mean_text(data, labels)
    if len(data.targets) > 1:
        return [f"; {mean}"]
    error = f", error {labels.with_unit(written(float(data.point[1][0] - data.targets[0])))}"
    return [f"{error}; {mean}", error]
