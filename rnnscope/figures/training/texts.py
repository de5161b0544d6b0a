"""The texts of the view of training: losses, predictions with their errors, and the answers to unseen inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnscope.analysis.classes import class_of, shares_of_classes
from rnnscope.figures.classes import class_text
from rnnscope.figures.training.data import TrainingData
from rnnscope.languages import noted, tr
from rnnscope.numbers import percent, written
from rnnscope.trace import Labels, Moment, Trace
from rnnscope.trace.clock import output_step
from rnnscope.trace.naming import epoch_in_words, has_few_inputs, inputs_in_words, sample_in_words

MOST_UNSEEN, MOST_OUTPUTS = 6, 4
"""At most so many unseen inputs are listed, and so many numbers of a prediction written."""


def loss_texts(moment: Moment, data: TrainingData) -> list[str]:
    """Return the losses of the epoch, the longest way first."""
    texts = {"loss": noted("loss {value}"), "val_loss": noted("validation {value}")}
    named = ", ".join(tr(texts[name], value=written(value)) for name, value in data.losses.items())
    return [
        f"{epoch_in_words(moment.trace, moment.epoch)}: {named}",
        named,
        ", ".join(map(written, data.losses.values())),
    ]


def prediction_texts(moment: Moment, data: TrainingData, *, each_step: bool) -> list[str]:
    """Return the prediction with its target and its error, and how far all are off, the longest way first."""
    where = sample_in_words(moment.trace, moment.sample)
    if each_step:
        where = f"{where}, {tr('time step {step}', step=output_step(moment))}"
    labels = moment.trace.labels
    if data.right is not None:
        return _class_ways(where, labels, data)
    pairs = [(noted("prediction {value}"), data.point[1])]
    pairs += [] if data.targets is None else [(noted("target {value}"), data.targets)]
    found = [
        ", ".join(tr(text, value=labels.with_unit(numbers(v, most))) for text, v in pairs)
        for most in range(MOST_OUTPUTS, 0, -1)
    ]
    answer = f"{where}: {found[0]}"
    lost = [tr("{answer} ({count} not finite)", answer=answer, count=data.lost)] if data.lost else []
    exact = [f"{front}{found[0]}{error}" for front in (f"{where}: ", "") for error in _error_texts(data, labels)]
    if exact and len(data.targets) == 1:
        target = labels.with_unit(numbers(data.targets))
        short = tr("{prediction} for {target}", prediction=numbers(data.point[1]), target=target)
        short = f"{short}; {_mean_text(data, labels)}"
        exact[1:1] = [f"{where}: {short}", short]
    return [*lost, *exact, answer, *found, numbers(data.point[1], 1)]


def unseen_texts(data: TrainingData, names: Sequence[str], most: int, labels: Labels, *, of_classes: bool) -> list[str]:
    """Return the answer to each unseen input, and what would be right; the likeliest class if outputs are classes."""
    right = data.unseen_targets
    if of_classes:
        said = [class_text(labels, values) for values in data.unseen]
        goals = [""] * len(names) if right is None else [right_class(labels, goal) for goal in right]
    else:
        said = [labels.with_unit(numbers(values, most)) for values in data.unseen]
        goals = [""] * len(names) if right is None else [labels.with_unit(numbers(goal, most)) for goal in right]
    each = zip(names, said, goals, strict=False)
    return [unseen_text(name, answer, goal, is_class=of_classes) for name, answer, goal in each]


def unseen_text(name: str, answer: str, right: str, *, is_class: bool) -> str:
    """Return the answer to an unseen input, and what is right, if that is known."""
    if not right:
        return f"{name} → {answer}"
    text = noted("{input} → {answer}, right: {target}") if is_class else noted("{input} → {answer} (right: {target})")
    return tr(text, input=name, answer=answer, target=right)


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
    goal = tr("right") if is_right else tr("right: {target}", target=class_text(labels, data.point[1], right))
    of_all = tr(
        "accuracy {share} ({right} of {count})",
        share=percent(float(data.right.mean())),
        right=data.right.sum(),
        count=data.right.size,
    )
    return [f"{where}: {said}, {goal}; {of_all}", f"{said}, {goal}; {of_all}", f"{said}, {goal}", said, of_all]


def _mean_text(data: TrainingData, labels: Labels) -> str:
    """Return how far all predictions are off."""
    return tr("all: off by {distance} on average", distance=labels.with_unit(written(data.distance)))


def _error_texts(data: TrainingData, labels: Labels) -> list[str]:
    """Return the error of a single prediction, and how far all are off on average, the longest way first."""
    if data.targets is None or data.distance is None or data.lost:
        return []
    mean = _mean_text(data, labels)
    if len(data.targets) > 1:
        return [f"; {mean}"]
    off = labels.with_unit(written(float(data.point[1][0] - data.targets[0])))
    error = f", {tr('error {value}', value=off)}"
    return [f"{error}; {mean}", error]
