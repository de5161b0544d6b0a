"""What the time steps, the samples and the inputs of a trace are called, with its labels if it has some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnscope.languages import tr
from rnnscope.numbers import MOST_INPUTS, shortened, written
from rnnscope.words import quoted

if TYPE_CHECKING:
    import numpy as np

    from rnnscope.trace.labels import Labels
    from rnnscope.trace.layer import LayerTrace
    from rnnscope.trace.moment import Moment
    from rnnscope.trace.trace import Trace


def has_step_texts(trace: Trace) -> bool:
    """Say whether what is read at a time step can be written in a word: it has a label, or is a single number."""
    return trace.labels.time is not None or trace.x.ndim == 2 or trace.x.shape[-1] == 1


def step_texts(trace: Trace, sample: int) -> list[str]:
    """Return what is read at each time step of a sample: its label, else its number; none if it is several numbers."""
    if trace.labels.time is not None:
        return list(trace.labels.steps(sample))
    if not has_step_texts(trace):
        return []
    return [written(float(value), 2) for value in trace.x[sample].ravel()]


def way_of_reading(trace: Trace, layer: str) -> int | None:
    """Return 1 if the time of a layer is that of the input, −1 if it is turned, None if it is another.

    A layer that reads backwards hands its results on in its own order; one above it that does so too turns them back.
    What stands on a vector, such as a repeated one, or on another input has a time of its own.
    """
    found, way, layers = trace[layer], 1, [trace[name] for name in trace.layers]
    while True:
        way = -way if found.options.get("go_backwards") and not found.is_turned else way
        source = found.reads[0]
        if source < 0:
            return way if source == -1 else None
        found = layers[source]
        has_time = found.output not in found or found[found.output].ndim == 4
        if not has_time or not found.options.get("return_sequences", True):
            return None


def as_read(texts: Sequence[str], trace: Trace, layer: str) -> list[str]:
    """Return texts of the input's time steps in the order in which a layer reads them; none if it does not."""
    way = way_of_reading(trace, layer)
    return [] if way is None else list(texts[::way])


def inputs_in_words(trace: Trace, sample: int) -> str:
    """Return what is read in a sample, one thing after the other, and of much the beginning."""
    if trace.labels.time is None:
        return shortened(trace.x[sample])
    names = [quoted(name) for name in trace.labels.steps(sample)]
    return ", ".join(names[:MOST_INPUTS]) + (" …" if len(names) > MOST_INPUTS else "")


def has_few_inputs(trace: Trace) -> bool:
    """Say whether all that is read in a sample can be written out."""
    return (trace.x[0].size if trace.labels.time is None else trace.x.shape[1]) <= MOST_INPUTS


def sample_in_words(trace: Trace, sample: int) -> str:
    """Return the number of a sample, and its name if it has one: `sample 3 (Busan)`."""
    name = trace.labels.sample(sample)
    return tr("sample {sample} ({name})", sample=sample, name=name) if name else tr("sample {sample}", sample=sample)


def what_is_read(trace: Trace, sample: int) -> str:
    """Return the name of a sample, or what is read in it."""
    return trace.labels.sample(sample) or inputs_in_words(trace, sample)


def step_names(trace: Trace, sample: int, layer: str | None = None) -> list[str]:
    """Return the labels of the time steps of a sample as sentences write them, in the order in which a layer reads."""
    names = [quoted(name) for name in trace.labels.steps(sample)]
    return names if layer is None else as_read(names, trace, layer)


def epoch_in_words(trace: Trace, epoch: int) -> str:
    """Return the number of an epoch, or that it is a pass of a model as it is."""
    return tr("the model as it is") if trace.is_of_model else tr("epoch {epoch}", epoch=epoch)


def step_in_words(moment: Moment, time: int | None = None, *, in_layer: bool = True) -> str:
    """Return the number of a time step, the moment's if none is given, and its label if it has one: `3 (cat)`.

    Time steps are those of the moment's layer, or, if not `in_layer`, those of the input: some layers read backwards.
    """
    trace, time = moment.trace, moment.time if time is None else time
    names = step_names(trace, moment.sample, moment.layer.name if in_layer else None)
    return f"{time} ({names[time]})" if time < len(names) else f"{time}"


def token_names(trace: Trace, table: LayerTrace) -> list[str]:
    """Return what the rows of an embedding are called: the label that its token always has, else its number.

    Only labels that each sample has of its own are names of tokens; others are those of time steps, such as dates.
    """
    count = table.options["input_dim"]
    if not trace.labels.is_by_sample or table.reads[0] != -1:
        return [str(token) for token in range(count)]
    return names_by_token(trace.labels, trace.x, count)


def names_by_token(labels: Labels, x: np.ndarray, count: int) -> list[str]:
    """Return what so many tokens, numbered in `x`, (sample, time), are called in the labels of its time steps."""
    found: dict[int, set[str]] = {}
    for sample, tokens in enumerate(x.astype(int).tolist()):
        for token, name in zip(tokens, labels.steps(sample), strict=True):
            found.setdefault(token, set()).add(name)
    names = [found.get(token, set()) for token in range(count)]
    return [each.pop() if len(each) == 1 else str(token) for token, each in enumerate(names)]


def token_in_words(trace: Trace, table: LayerTrace, token: int) -> str:
    """Return the name of a token as sentences write it, or `token 3`."""
    name = trace.token_names[table.name][token]
    return tr("token {token}", token=token) if name == str(token) else quoted(name)
