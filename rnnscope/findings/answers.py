"""What can be said of the answer of a net, and of how it learned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnscope.analysis.classes import are_classes, class_of, in_data, right_answers, shares_of_classes
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, number, percent
from rnnscope.numbers import MOST_INPUTS, shortened
from rnnscope.trace import Labels, Moment, Trace
from rnnscope.trace.clock import output_time
from rnnscope.trace.naming import inputs_in_words, sample_in_words

RIGHT = 0.01
"""A number is right if it is off by less than this part of what is right, and of the spread of all targets."""

ALIKE = 0.2
"""Answers are nearly the same for all samples if they lie closer together than this part of what is right does."""

MEAN = 0.9
"""Answers are no better than the mean of all targets if their squared error is more than this part of its."""

CHANGED = 0.05
"""A loss has changed if it did so by more than this part."""


def answer(moment: Moment) -> Iterator[str]:
    """Say what the net answers to the moment's sample, and what is right."""
    trace = moment.trace
    in_time, labels = trace.predictions.ndim == 4, trace.labels
    found = in_data(trace, _at(trace.predictions[moment.run], moment, in_time))
    right = None if trace.y is None else in_data(trace, trace.y)
    target = None if right is None else _at(right[moment.sample], moment, in_time)
    if not known(found) or not (target is None or known(target)):
        return
    if are_classes(moment.trace):
        yield from _class(found, target, trace)
    elif found.size == 1:
        answers = labels.in_units(trace.predictions[moment.place])
        ends = float(answers.min()), float(answers.max())
        yield from _number(float(found[0]), target, right, ends, labels)


def task(moment: Moment) -> Iterator[str]:
    """Say what the net reads in the moment's sample, and what it should answer."""
    trace, inputs = moment.trace, _inputs(moment)
    if trace.y is None:
        yield say("task.open", inputs=inputs)
        return
    target = np.atleast_1d(trace.y[moment.sample])
    if trace.predictions.ndim == 4:
        yield say("task.each", inputs=inputs, targets=shortened(target))
    elif are_classes(moment.trace):
        yield say("task.class", inputs=inputs, target=trace.labels.of_class(class_of(target)))
    elif target.size == 1:
        yield say("task.number", inputs=inputs, target=_in_data(target, trace.labels))
    else:
        yield say("task.numbers", inputs=inputs, count=target.size, targets=shortened(target))


def loss(moment: Moment) -> Iterator[str]:
    """Say how the loss changed since the first recorded epoch."""
    trace, place = moment.trace, moment.place
    losses, first = _losses(trace), int(trace.epochs[0])
    if losses is None or not known(losses[[0, place]]):
        return
    before, now = losses[0], losses[place]
    if place == 0:
        if len(losses) > 1:
            yield say("loss.start", now=number(now))
        return
    change = abs(now - before) > CHANGED * abs(before)
    key = "loss.same" if not change else "loss.fell" if now < before else "loss.rose"
    yield say(key, before=number(before), now=number(now), first=first)
    best = int(np.nanargmin(losses[: place + 1]))
    if losses[best] < now * (1 - CHANGED) and 0 < best < place:
        yield say("loss.was_smaller", best=number(losses[best]), epoch=int(trace.epochs[best]))


def since_change(moment: Moment) -> Iterator[str]:
    """Say how the loss changed since something was last changed while it trained."""
    trace, losses = moment.trace, _losses(moment.trace)
    marks = [mark for mark in trace.marks if trace.first_epoch < mark[0] < moment.epoch]
    if not marks or losses is None:
        return
    epoch, words = marks[-1]
    before, now = losses[np.searchsorted(trace.epochs, epoch, side="right") - 1], losses[moment.place]
    if known(np.array([before, now])):
        yield say("loss.since", words=words, epoch=epoch, before=number(before), now=number(now))


def no_better(moment: Moment) -> Iterator[str]:
    """Say that the answers are numbers no better than the mean of all targets, if there are several."""
    trace = moment.trace
    if trace.y is None or len(trace.y) < 2 or are_classes(trace):
        return
    answers = trace.predictions[moment.place].reshape(len(trace.y), -1).astype(float)
    targets = trace.y.reshape(len(trace.y), -1).astype(float)
    if not known(answers, targets) or not np.ptp(targets):
        return
    always = float(((targets - targets.mean(axis=0)) ** 2).mean())
    if float(((answers - targets) ** 2).mean()) > MEAN * always:
        yield say("loss.mean")


def validation(moment: Moment) -> Iterator[str]:
    """Say by how much the loss is larger on data that the net does not train on."""
    curves = [moment.trace.curve(name) for name in ("loss", "val_loss")]
    here = [values[epochs == moment.epoch] for epochs, values in curves]
    if not all(values.size for values in here):
        return
    inside, outside = (values[0] for values in here)
    if known(np.array([inside, outside])) and inside > 0 and outside > 2 * inside:
        yield say("loss.overfits", ratio=number(outside / inside))


def accuracy(moment: Moment) -> Iterator[str]:
    """Say for how many of the recorded samples the largest output is the right class."""
    found = right_answers(moment.trace, moment.place)
    if found is None or len(found) < 2:
        return
    share = percent(float(found.mean()))
    if found.ndim > 1:
        yield say("accuracy.steps", share=share)
    else:
        yield say("accuracy.samples", share=share, right=int(found.sum()), count=len(found))


def worst(moment: Moment) -> Iterator[str]:
    """Say which of the recorded samples is answered worst, if answers are numbers."""
    trace = moment.trace
    if trace.y is None or are_classes(moment.trace) or len(trace.x) < 2:
        return
    found, right = (trace.labels.in_units(values) for values in (trace.predictions[moment.place], trace.y))
    gaps = found.reshape(len(trace.x), -1) - right.reshape(len(trace.x), -1)
    if known(gaps):
        sizes = np.abs(gaps.astype(float)).max(axis=1)
        gap = trace.labels.with_unit(number(sizes.max()))
        yield say("loss.worst", sample=sample_in_words(trace, int(sizes.argmax())), gap=gap)


def _losses(trace: Trace) -> np.ndarray | None:
    """Return the loss of each recorded epoch as curves show it: of its training, else of its recorded pass."""
    epochs, losses = trace.curve("loss")
    if np.isin(trace.epochs, epochs).all():
        return losses[np.searchsorted(epochs, trace.epochs)]
    return None if trace.loss is None else trace.loss.astype(float)


def _at(values: np.ndarray, moment: Moment, in_time: bool) -> np.ndarray:
    """Return the outputs of a sample, at the moment's time step if there are outputs at every one."""
    return np.atleast_1d(values[output_time(moment)] if in_time else values)


def _number(
    found: float, target: np.ndarray | None, targets: np.ndarray | None, answers: tuple[float, float], labels: Labels
) -> Iterator[str]:
    def said(value: float) -> str:
        return labels.with_unit(number(value))

    if target is None:
        yield say("answer.alone", answer=said(found))
        return
    right, spread = float(target[0]), float(np.ptp(targets))
    gap = abs(found - right)
    if gap > RIGHT * min(abs(right), spread or abs(right)):
        yield say("answer.off", answer=said(found), target=said(target[0]), gap=said(gap))
    elif answers[1] - answers[0] < ALIKE * spread:
        ends = {"low": said(answers[0]), "high": said(answers[1])}
        yield say("answer.alike", answer=said(found), target=said(target[0]), **ends)
    else:
        yield say("answer.right", answer=said(found))


def _in_data(target: np.ndarray, labels: Labels) -> str:
    """Return a target as the net should put it out, with what it is in the units of the data, if it was scaled."""
    if labels.scale is None:
        return labels.with_unit(shortened(target))
    in_units = labels.with_unit(number(labels.in_units(target)[0]))
    return say("task.in_data", scaled=shortened(target), target=in_units)


def _class(outputs: np.ndarray, target: np.ndarray | None, trace: Trace) -> Iterator[str]:
    """Say which class has the largest share; of a single share, whether it is more than half."""
    shares, name = shares_of_classes(outputs), trace.labels.of_class
    said = int(shares.argmax())
    if target is None:
        yield say("answer.alone", answer=f"{name(said)} ({percent(float(shares[said]))})")
        return
    right = class_of(target)
    if said == right:
        yield say("answer.class_right", answer=name(said), share=percent(float(shares[said])))
    elif right < shares.size:
        given, answer = percent(float(shares[right])), name(said)
        yield say(
            "answer.class_wrong", answer=answer, share=percent(float(shares[said])), target=name(right), given=given
        )


def _inputs(moment: Moment) -> str:
    """Return the inputs of a sample in words: labels or numbers, the first ones of many, or how many there are."""
    trace, sample = moment.trace, moment.trace.x[moment.sample]
    if trace.labels.time is None and sample.size > len(sample):
        return say("task.wide", count=len(sample), features=sample.size // len(sample))
    if len(sample) > MOST_INPUTS:
        key = "task.long" if trace.labels.time is None else "task.labels"
        return say(key, count=len(sample), inputs=inputs_in_words(trace, moment.sample))
    return inputs_in_words(trace, moment.sample)
