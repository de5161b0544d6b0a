"""Models that are written as calls: a layer is called with what it reads, the model with its inputs and its output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

from rnnscope.checks import describe
from rnnscope.models.layer import Called, Input, Layer
from rnnscope.models.nodes import Wire
from rnnscope.models.sequential import Sequential


class Model(Sequential):
    """Layers that read one another in a line, perhaps with the last states of one as the first of another.

    Parameters
    ----------
    inputs
        An `rs.Input`, or a list of them.
    outputs
        What the last layer gave when it was called.
    seed, dtype, name
        As for `rs.Sequential`.

    Raises
    ------
    ValueError
        If the layers branch or merge.

    Examples
    --------
    >>> import rnnscope as rs
    >>> source, target = rs.Input((3, 2)), rs.Input((4, 1))
    >>> _, h, c = rs.layers.LSTM(5, return_state=True)(source)
    >>> decoded = rs.layers.LSTM(5, return_sequences=True)(target, initial_state=[h, c])
    >>> model = rs.Model([source, target], rs.layers.Dense(1)(decoded))
    >>> [layer.name for layer in model.layers]
    ['lstm', 'lstm_1', 'dense']
    """

    def __init__(
        self,
        inputs: Input | Sequence[Input],
        outputs: Called,
        *,
        seed: int | None = 0,
        dtype: str = "float32",
        name: str = "functional",
    ) -> None:
        given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        wrong = next((entry for entry in given if not isinstance(entry, Input)), None)
        if wrong is not None or not given:
            raise TypeError(f"Model: inputs: expected rs.Input(shape=...), or a list of them; got {describe(wrong)}")
        (last,) = outputs if isinstance(outputs, list | tuple) and len(outputs) == 1 else (outputs,)
        if not isinstance(last, Called) or last.number:
            wanted = "one output, what a layer gave when it was called"
            raise TypeError(f"Model: outputs: expected {wanted}; got {describe(outputs)}")
        layers = _in_order(last.layer)
        wires = [_wire(layer, layers, given) for layer in layers]
        _refuse_branches(layers, wires, given)
        super().__init__(seed=seed, dtype=dtype, name=name)
        self._connect(layers, wires, [entry.shape for entry in given])
        for layer in layers:
            layer.is_attached = True
        self._built()

    def add(self, layer: Layer | Input) -> NoReturn:
        """Refuse a layer: it is called with the output of the last one instead."""
        raise TypeError(
            "Model: expected its layers when it is made: rs.Model(inputs, outputs); add is for rs.Sequential"
        )


def _in_order(last: Layer) -> list[Layer]:
    """Return the layers below the last one, and itself, in the order of computation."""
    found: list[Layer] = []

    def visit(layer: Layer) -> None:
        if layer in found:
            return
        x, states = layer.call
        for entry in (x, *states):
            if isinstance(entry, Called):
                visit(entry.layer)
        found.append(layer)

    visit(last)
    return found


def _wire(layer: Layer, layers: Sequence[Layer], inputs: Sequence[Input]) -> Wire:
    """Return what a layer reads, by number."""
    x, states = layer.call
    if isinstance(x, Input):
        if x not in inputs:
            raise ValueError(f"Model: inputs: expected all that its layers read; got no input of {layer.label}")
        reads = -1 - list(inputs).index(x)
    else:
        if x.number:
            raise ValueError(f"{layer.label}: expected to read the output of {x.layer.label}; got one of its states")
        reads = list(layers).index(x.layer)
    return Wire(reads, _start(layer, states, layers))


def _start(layer: Layer, states: Sequence[Any], layers: Sequence[Layer]) -> int | None:
    """Return the number of the layer with whose last states a layer begins."""
    if not states:
        return None
    source = states[0].layer if isinstance(states[0], Called) else None
    expected = [Called(source, k) for k in range(1, len(layer.states) + 1)]
    if source is None or list(states) != expected or source.states != layer.states or source.units != layer.units:
        wanted = f"the states ({', '.join(layer.states)}) of one layer of {layer.units} units, in this order"
        raise ValueError(f"{layer.label}: initial_state: expected {wanted}; got {describe(list(states))}")
    return list(layers).index(source)


def _refuse_branches(layers: Sequence[Layer], wires: Sequence[Wire], inputs: Sequence[Input]) -> None:
    """Refuse a layer or an input that is read more than once, or not at all."""
    readers = Counter(wire.reads for wire in wires)
    begun = {wire.start for wire in wires}
    for number, times in readers.items():
        if times > 1:
            name = layers[number].label if number >= 0 else f"input {-1 - number}"
            raise ValueError(f"Model: expected layers in a line; {name} is read by {times} layers")
    for number in range(len(inputs)):
        if -1 - number not in readers:
            raise ValueError(f"Model: inputs: expected inputs that are read; input {number} is read by no layer")
    for number, layer in enumerate(layers[:-1]):
        if number not in readers and number not in begun:
            raise ValueError(f"Model: expected layers that are read; {layer.label} is read by none")
