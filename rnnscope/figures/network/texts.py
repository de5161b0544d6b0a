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
    return f"{steps}; sizes over all units: {layers}."


def _steps(trace: Trace, group: Group, data: NetworkData) -> str:
    """Return the time steps of a group, and what is read there."""
    steps = ", ".join(str(time) for time in group.times)
    if group.source >= 0:
        return f"time steps of {trace.layers[group.source]} {steps}"
    each = zip(data.read[group.source], data.names[group.source], strict=True)
    number, is_token = f" {-group.source}" * (len(trace.inputs) > 1), group.source in data.tokens
    front = "Time steps" if group.first == 0 else "time steps"
    read = ", ".join(input_ways(vector, label, is_token=is_token)[0] for vector, label in each)
    return f"{front} {steps}; input{number} {read}"


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
        return [f"no. {vector.argmax()}", f"{vector.argmax()}"]
    size = [f"size {vector_text(vector)}", vector_text(vector, 2)]
    return [_numbers(vector), *size] if vector.size <= MOST_WRITTEN else size


def is_one_hot(vector: np.ndarray) -> bool:
    """Say whether a vector marks one of its places: one there, and zero elsewhere."""
    return vector.size > 1 and vector.max() == 1 and np.count_nonzero(vector) == 1


def outcome(data: NetworkData, labels: Labels, *, probabilities: bool, in_time: bool) -> list[str]:
    """Return the prediction and what it should be, the longest way first; of sequences at a time step."""
    found, wanted = data.prediction, data.target
    where = f" at time step {data.now}" if in_time else ""
    back = ""
    if probabilities:
        prediction = [class_text(labels, found), labels.of_class(int(shares_of_classes(found).argmax()))]
        target = None if wanted is None else labels.of_class(class_of(wanted))
    else:
        prediction, back = [labels.with_unit(_numbers(found))], "scaled back to the data: " if labels.scale else ""
        target = None if wanted is None else labels.with_unit(_numbers(wanted))
    if target is None:
        full = [f"{front}prediction{where}: {prediction[0]}" for front in dict.fromkeys((back, ""))]
        return [*full, *prediction]
    full = [f"prediction{where}: {each}, target: {target}" for each in prediction]
    return [*([back + full[0]] if back else []), *full, f"{prediction[-1]} for {target}"]


def number_names(layer: LayerTrace, name: str, *, backward: bool, of_classes: bool) -> list[str]:
    """Return templates of what is said of a vector in a box, the longest first.

    `{0}` stands for its size, `{best}` for the likeliest class, `{no}` for its number, `{most}` for its probability.
    """
    symbol = f"∂L/∂{name}" if backward else name
    if of_classes and not backward:
        return ["{best} ({most})", "{no} ({most})", "{most}"]
    if layer.units == 1:
        return [f"{symbol} = {{0}}", "{0}"]
    return [f"{symbol}: size {{0}}", f"{symbol}: {{0}}", "{0}"]


def arrow_words(scales: Mapping[str, Scale]) -> list[str]:
    """Return how wide arrows are, the longest way first."""
    most = f"widest {written(scales['flow'].high, 2)}"
    of_input = f"; of the input {written(scales['x'].high, 2)}" if "x" in scales else ""
    size = "size = √ of the sum of all squares"
    return [
        f"the wider an arrow, the larger the size of what it carries ({most}{of_input}); {size}",
        f"arrow width: size of what is carried ({most}{of_input}); {size}",
        f"arrow width: size ({most}{of_input}); {size}",
        f"width: size, {most}{of_input}",
        most,
    ]


def box_words(trace: Trace, data: NetworkData, scales: Mapping[str, Scale], unit: int, backward: bool) -> list[str]:
    """Return what the bars in the boxes are, the longest way first."""
    names = _shown_as_bars(trace, data, backward)
    if not names:
        return [""]
    reach = ", ".join(_reach(names[scale], scales[scale]) for scale in names)
    are_sorted = _are_sorted(data)
    return [
        f"{_bars(data)} (room for {reach}); ● is unit {unit} of the layer",
        f"in a box: the size; bars: all units{', sorted' * are_sorted}, room for {reach}; ● unit {unit}",
        f"bars: all units{', sorted' * are_sorted}, up to {reach}; ● unit {unit}",
        f"bars: up to {reach}; ● unit {unit}",
        f"bars: up to {reach}",
    ]


def box_notes(trace: Trace, data: NetworkData, scales: Mapping[str, Scale], backward: bool) -> list[Note]:
    """Return what the bars in the boxes are, and how far those of each state and dense layer reach."""
    names = _shown_as_bars(trace, data, backward)
    bars = [Note("bars", (f"{_bars(data)}; ● is the chosen unit",))] if names else []
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
    order = ", from the smallest to the largest" if _are_sorted(data) else ""
    return f"in a box: the size, and as bars the values of all units{order}"


def _are_sorted(data: NetworkData) -> bool:
    return any(sorts(row.units) for row in data.rows.values())


def _room(name: str, scale: Scale) -> str:
    return f"bars of {name}: room for {_reach('', scale).strip()}"


def _reach(name: str, scale: Scale) -> str:
    return f"{name} {'±' if scale.low < 0 else ''}{written(scale.high, 2)}"


def _numbers(vector: np.ndarray) -> str:
    """Return a few numbers, or the size of many."""
    if vector.size > MOST_WRITTEN:
        return f"of size {vector_text(vector)}"
    text = ", ".join(written(value) for value in vector.ravel())
    return text if vector.size == 1 else f"({text})"
