"""What a net unrolled in time shows, in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.analysis.classes import class_of, shares_of_classes
from rnnscope.figures.classes import class_text
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.network.groups import Group
from rnnscope.figures.network.profile import sorts
from rnnscope.figures.network.unrolled import NetworkData, held_scale
from rnnscope.figures.scale import Scale
from rnnscope.languages import noted, tr
from rnnscope.numbers import vector_text, written
from rnnscope.trace import Labels, LayerTrace, Trace
from rnnscope.words import is_word, shortened_to

MOST_WRITTEN = 3
"""A prediction or an input of more numbers is given by its size."""


SHORTER = 12, 8, 5, 3
"""Labels are shortened to so many characters where there is no room."""


def in_words(trace: Trace, data: NetworkData, backward: bool) -> str:
    """Return the time steps, the input, and the size of what every layer holds at each."""
    sign, steps = "∂L/∂" if backward else "", "; ".join(_steps(trace, group, data) for group in data.groups)
    layers = "; ".join(
        f"{name} ({trace[name].kind}) {sign}{held} " + ", ".join(vector_text(vector) for vector in values)
        for name, row in data.rows.items()
        for held, values in row.held.items()
    )
    return tr("{steps}; sizes over all units: {layers}.", steps=steps, layers=layers)


def _steps(trace: Trace, group: Group, data: NetworkData) -> str:
    """Return the time steps of a group, and what is read there."""
    steps = ", ".join(str(time) for time in group.times)
    if group.source >= 0:
        return tr("time steps of {layer} {steps}", layer=trace.layers[group.source], steps=steps)
    each = zip(data.read[group.source], data.names[group.source], strict=True)
    is_one, is_token = len(trace.inputs) == 1, group.source in data.tokens
    read = ", ".join(input_ways(vector, label, is_token=is_token)[0] for vector, label in each)
    if group.first == 0:
        text = (
            noted("Time steps {steps}; input {read}") if is_one else noted("Time steps {steps}; input {number} {read}")
        )
    else:
        text = (
            noted("time steps {steps}; input {read}") if is_one else noted("time steps {steps}; input {number} {read}")
        )
    return tr(text, steps=steps, number=-group.source, read=read)


def input_ways(vector: np.ndarray, label: str = "", *, is_token: bool = False) -> list[str]:
    """Return what a layer reads at a time step, the longest way first: its label, its numbers, or where a single 1 is.

    The number of a token says nothing beside its name.

    Examples
    --------
    >>> input_ways(np.array([3.0])), input_ways(np.array([0.0, 0.0, 1.0, 0.0])), input_ways(np.array([3.0, 4.0]))
    (['3'], ['no. 2', '2'], ['(3, 4)', 'size 5', '5'])
    >>> input_ways(np.array([0.0, 1.0]), "cat"), input_ways(np.array([3.0]), "2024-01")
    (['cat'], ['2024-01: 3', '2024-01'])
    >>> input_ways(np.array([3.0]), ",", is_token=True)
    [',']
    """
    if label:
        if is_word(label):
            return [label, *(shortened_to(label, most) for most in SHORTER if most < len(label))]
        return [*([f"{label}: {written(vector[0])}"] if vector.size == 1 and not is_token else []), label]
    if vector.size == 1:
        return [written(vector[0])]
    if is_one_hot(vector):
        return [tr("no. {number}", number=vector.argmax()), f"{vector.argmax()}"]
    size = [tr("size {size}", size=vector_text(vector)), vector_text(vector, 2)]
    return [_numbers(vector), *size] if vector.size <= MOST_WRITTEN else size


def is_one_hot(vector: np.ndarray) -> bool:
    """Say whether a vector marks one of its places: one there, and zero elsewhere."""
    return vector.size > 1 and vector.max() == 1 and np.count_nonzero(vector) == 1


def outcome(data: NetworkData, labels: Labels, *, probabilities: bool, in_time: bool) -> list[str]:
    """Return the prediction and what it should be, the longest way first; of sequences at a time step."""
    found, wanted = data.prediction, data.target
    if probabilities:
        prediction = [class_text(labels, found), labels.of_class(int(shares_of_classes(found).argmax()))]
        target = None if wanted is None else labels.of_class(class_of(wanted))
    else:
        prediction = [labels.with_unit(_numbers(found))]
        target = None if wanted is None else labels.with_unit(_numbers(wanted))
    said = prediction if target is not None else prediction[:1]
    full = [_prediction(each, target, data.now if in_time else None) for each in said]
    if labels.scale and not probabilities:
        full.insert(0, tr("scaled back to the data: {outcome}", outcome=full[0]))
    if target is None:
        return [*full, *prediction]
    return [*full, tr("{prediction} for {target}", prediction=prediction[-1], target=target)]


def _prediction(prediction: str, target: str | None, step: int | None) -> str:
    """Return a prediction, with what it should be and with its time step as far as these are given."""
    if target is None:
        text = (
            noted("prediction: {prediction}") if step is None else noted("prediction at time step {step}: {prediction}")
        )
    else:
        text = (
            noted("prediction: {prediction}, target: {target}")
            if step is None
            else noted("prediction at time step {step}: {prediction}, target: {target}")
        )
    return tr(text, prediction=prediction, target=target, step=step)


def number_names(layer: LayerTrace, name: str, *, backward: bool, of_classes: bool) -> list[str]:
    """Return templates of what is said of a vector in a box, the longest first.

    `{0}` stands for its size, `{best}` for the likeliest class, `{no}` for its number, `{most}` for its probability.
    """
    symbol = f"∂L/∂{name}" if backward else name
    if of_classes and not backward:
        return ["{best} ({most})", "{no} ({most})", "{most}"]
    if layer.units == 1:
        return [f"{symbol} = {{0}}", "{0}"]
    return [tr("{symbol}: size {size}", symbol=symbol, size="{0}"), f"{symbol}: {{0}}", "{0}"]


def arrow_words(scales: Mapping[str, Scale]) -> list[str]:
    """Return how wide arrows are, the longest way first."""
    most = widest = tr("widest {size}", size=written(scales["flow"].high, 2))
    if "x" in scales:
        widest = tr("{widest}; of the input {size}", widest=most, size=written(scales["x"].high, 2))
    ways = [
        noted("the wider an arrow, the larger the size of what it carries ({widest}); {size}"),
        noted("arrow width: size of what is carried ({widest}); {size}"),
        noted("arrow width: size ({widest}); {size}"),
        noted("width: size, {widest}"),
    ]
    size = tr("size = √ of the sum of all squares")
    return [*(tr(way, widest=widest, size=size) for way in ways), most]


def box_words(trace: Trace, data: NetworkData, scales: Mapping[str, Scale], unit: int, backward: bool) -> list[str]:
    """Return what the bars in the boxes are, the longest way first."""
    names = _shown_as_bars(trace, data, backward)
    if not names:
        return [""]
    reach = ", ".join(_reach(names[scale], scales[scale]) for scale in names)
    if _are_sorted(data):
        shorter = [
            noted("in a box: the size; bars: all units, sorted, room for {reach}; ● unit {unit}"),
            noted("bars: all units, sorted, up to {reach}; ● unit {unit}"),
        ]
    else:
        shorter = [
            noted("in a box: the size; bars: all units, room for {reach}; ● unit {unit}"),
            noted("bars: all units, up to {reach}; ● unit {unit}"),
        ]
    ways = [
        noted("{bars} (room for {reach}); ● is unit {unit} of the layer"),
        *shorter,
        noted("bars: up to {reach}; ● unit {unit}"),
        noted("bars: up to {reach}"),
    ]
    return [tr(way, bars=_bars(data), reach=reach, unit=unit) for way in ways]


def box_notes(trace: Trace, data: NetworkData, scales: Mapping[str, Scale], backward: bool) -> list[Note]:
    """Return what the bars in the boxes are, and how far those of each state and dense layer reach."""
    names = _shown_as_bars(trace, data, backward)
    bars = [Note("bars", (tr("{bars}; ● is the chosen unit", bars=_bars(data)),))] if names else []
    return bars + [Note(f"bars of {scale}", (_room(names[scale], scales[scale]),)) for scale in names]


def _shown_as_bars(trace: Trace, data: NetworkData, backward: bool) -> dict[str, str]:
    """Return the names of what is shown as bars by the names of their scales."""
    names: dict[str, str] = {}
    for layer in (trace[name] for name in data.rows if trace[name].units > 1):
        for held in data.rows[layer.name].held:
            names[held_scale(layer, held, backward)] = f"∂L/∂{held}" if backward else held
    return names


def _bars(data: NetworkData) -> str:
    """Return what the bars in the boxes are."""
    if _are_sorted(data):
        return tr("in a box: the size, and as bars the values of all units, from the smallest to the largest")
    return tr("in a box: the size, and as bars the values of all units")


def _are_sorted(data: NetworkData) -> bool:
    return any(sorts(row.units) for row in data.rows.values())


def _room(name: str, scale: Scale) -> str:
    return tr("bars of {name}: room for {reach}", name=name, reach=_reach("", scale).strip())


def _reach(name: str, scale: Scale) -> str:
    return f"{name} {'±' if scale.low < 0 else ''}{written(scale.high, 2)}"


def _numbers(vector: np.ndarray) -> str:
    """Return a few numbers, or the size of many."""
    if vector.size > MOST_WRITTEN:
        return tr("of size {size}", size=vector_text(vector))
    text = ", ".join(written(value) for value in vector.ravel())
    return text if vector.size == 1 else f"({text})"
