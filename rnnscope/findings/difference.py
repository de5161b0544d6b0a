"""What can be said of two passes beside each other: what was changed, where it shows, what it does to the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnscope.analysis.classes import are_classes, class_of, in_data, shares_of_classes
from rnnscope.analysis.difference import FELT, Difference
from rnnscope.findings import passes
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, named, number, percent
from rnnscope.languages import listed
from rnnscope.numbers import written
from rnnscope.trace import Moment
from rnnscope.trace.clock import clock_of, output_step, output_time
from rnnscope.trace.naming import sample_in_words, step_in_words
from rnnscope.trace.parts import layer_in_words

Names = tuple[str, str]
"""What the two traces are called."""

DIGITS = 4
"""Answers and losses before and after are written with so many digits: they may be near each other."""


def hands(difference: Difference, names: Names) -> Iterator[str]:
    """Say what was changed by hand, or that the nets are others."""
    before, after = (own.trace.interventions for own in (difference.before, difference.after))
    if not before or after[: len(before)] == before:
        yield from passes.in_hand(after[len(before) :])
    else:
        for name, changes in zip(names, (before, after), strict=True):
            yield from passes.in_hand(changes, name)
    if before == after:
        yield from nets(difference)


def nets(difference: Difference) -> Iterator[str]:
    """Say whether the weights of two passes differ, of which none was changed by hand."""
    found = difference.weights
    differ = [name for name, (count, _) in found.counts.items() if count] if found else []
    if differ and len(differ) == len(found.counts):
        other, every = np.sum(list(found.counts.values()), axis=0)
        at = {} if found.epochs[0] == difference.before.epoch else {"epoch": found.epochs[0]}
        yield say("difference.nets_at" if at else "difference.nets", share=percent(float(other / every)), **at)
    elif differ:
        yield say("difference.weights", layers=listed(differ))


def most(difference: Difference) -> Iterator[str]:
    """Say where most changed of what followed, and by how much; or that nothing did."""
    layer, quantity, time, size = difference.most
    before = difference.before
    if difference.is_nothing:
        yield say("difference.nothing", sample=sample_in_words(before.trace, before.sample))
        others = difference.samples
        if others:
            first = sample_in_words(before.trace, others[0])
            yield say(
                "difference.elsewhere" if len(others) > 1 else "difference.other", sample=first, count=len(others)
            )
    elif not size:
        yield say("difference.alone")
    else:
        there = before.trace[layer]
        parts = {"quantity": named(there, quantity), "layer": layer_in_words(before.trace, there)}
        yield say("difference.most", time=step_in_words(before.but(layer=there), time), size=number(size), **parts)


def reach(difference: Difference) -> Iterator[str]:
    """Say from which time step to which, and up to which layer, a change is felt."""
    trace, own = difference.before.trace, clock_of(difference.before.trace, difference.before.layer.name)
    felt = {name: steps for name in difference.sizes if (steps := difference.felt(name)).any()}
    if not felt:
        return
    here = {name: steps for name, steps in felt.items() if clock_of(trace, name).source == own.source} or felt
    places = np.flatnonzero(np.any(np.stack(list(here.values())), axis=0))
    first, last, end = int(places[0]), int(places[-1]), len(next(iter(here.values()))) - 1
    top = [*felt][-1]
    parts, key = {"steps": _steps(first, last, end)}, "difference.felt"
    if len(difference.sizes) > 1:
        key = "difference.to_top" if top == [*difference.sizes][-1] else "difference.to_layer"
        parts["layer"] = layer_in_words(trace, trace[top])
    if last != end:
        key, parts["share"] = f"{key}_fades", percent(FELT)
    yield say(key, **parts)


def untouched(difference: Difference) -> Iterator[str]:
    """Say in which layers, and before which time step, no recorded number differs, if some do elsewhere."""
    touched = {name: difference.touched(name) for name in difference.sizes}
    still = [name for name, steps in touched.items() if not steps.any()]
    if len(still) == len(touched):
        return
    trace = difference.before.trace
    if still:
        yield say("difference.still", layers=listed([layer_in_words(trace, trace[name]) for name in still]))
    starts = {
        int(np.flatnonzero(steps)[0]) for name, steps in touched.items() if steps.any() and not trace[name].is_turned
    }
    if starts and min(starts) > 0:
        yield say("difference.before", first=min(starts))


def answers(before: Moment, after: Moment) -> Iterator[str]:
    """Say what becomes of the answer, and of the loss of all samples."""
    found = [outputs_of(own) for own in (before, after)]
    if known(*found):
        yield from _answer(before, *found, target_of(before))
    losses = [loss_of(own) for own in (before, after)]
    if not any(loss is None for loss in losses) and known(*losses):
        first, second = (written(float(loss), DIGITS) for loss in losses)
        key = _key("loss", is_same=losses[0] == losses[1], is_near=first == second)
        yield say(key, before=first, after=second)


def loss_of(moment: Moment) -> np.ndarray | None:
    """Return the loss of the moment's pass; None if it is not known, or not over the recorded samples alone."""
    trace = moment.trace
    is_of_these = trace.training.get("samples", len(trace.x)) == len(trace.x)
    return trace.loss[moment.place] if trace.loss is not None and is_of_these else None


def outputs_of(moment: Moment) -> np.ndarray:
    """Return what the net puts out for the moment's sample, (output,), in the units of the data.

    Of outputs at every time step it is that at the moment's.
    """
    return _at(moment, in_data(moment.trace, moment.trace.predictions[moment.run]))


def target_of(moment: Moment) -> np.ndarray | None:
    """Return what is right for it, likewise: the numbers, or the number of the class; None if it is not known."""
    trace = moment.trace
    return None if trace.y is None else _at(moment, in_data(trace, trace.y)[moment.sample])


def _at(moment: Moment, values: np.ndarray) -> np.ndarray:
    """Return what stands at the moment's time step, if there is something at every one."""
    return np.atleast_1d(values[output_time(moment)] if moment.trace.predictions.ndim == 4 else values)


def _answer(moment: Moment, before: np.ndarray, after: np.ndarray, target: np.ndarray | None) -> Iterator[str]:
    """Say what becomes of the answer, of several numbers of that which changes most."""
    trace, labels, right = moment.trace, moment.trace.labels, ""
    at = {"time": output_step(moment)} if trace.predictions.ndim == 4 else {}
    what = "difference.the_answer"
    if are_classes(trace):
        shares = [shares_of_classes(own) for own in (before, after)]
        said = [int(own.argmax()) for own in shares]
        found = [f"{labels.of_class(k)} ({percent(float(own[k]))})" for k, own in zip(said, shares, strict=True)]
        right = "" if target is None else labels.of_class(class_of(target))
    else:
        most = int(np.abs(after - before).argmax())
        found = [labels.with_unit(written(float(own[most]), DIGITS)) for own in (before, after)]
        if target is not None and target.size == before.size:
            right = labels.with_unit(written(float(target[most]), DIGITS))
        if before.size > 1:
            what, at["output"] = "difference.output", most
    key = _key("answer", is_same=np.array_equal(before, after), is_near=found[0] == found[1])
    beside = {"target": right} if right else {}
    subject = say(f"{what}_at" if "time" in at else what, **at)
    yield say(f"{key}_beside" if beside else key, what=subject, before=found[0], after=found[1], **beside)


def _key(what: str, *, is_same: bool, is_near: bool) -> str:
    """Return the key of what is said of two numbers, which may be the same, or the same as they are written."""
    return f"difference.{'same_' if is_same else 'near_' if is_near else ''}{what}"


def _steps(first: int, last: int, end: int) -> str:
    """Return from which time step to which something is felt, in words."""
    if first == last:
        return say("difference.at_step", time=first)
    return say("difference.to_end", first=first) if last == end else say("difference.steps", first=first, last=last)
