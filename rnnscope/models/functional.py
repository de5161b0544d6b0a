"""Models that are written as calls: a layer is called with what it reads, the model with its inputs and its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from rnnscope.checks import describe
from rnnscope.models.calls import Call, Called, wire_of
from rnnscope.models.inputs import Input
from rnnscope.models.layer import Layer
from rnnscope.models.nodes import Wire
from rnnscope.models.sequential import Sequential

DTYPE = "float32"
"""What a model computes in if none of its layers is part of another one."""


class Model(Sequential):
    """Layers that read one another in a line, perhaps with the last states of one as the first of another.

    Layers may be part of several models: their weights are the same in all of them, and what is trained in one has
    changed in the others. A model with several outputs, with states among them, or with inputs that are states is for
    `predict`; the model that is trained has one output, that of its last layer.

    Parameters
    ----------
    inputs
        An `rs.Input`, or a list of them.
    outputs
        What a layer gave when it was called, its output or one of its states, or a list of such.
    seed, dtype, name
        As for `rs.Sequential`. By default it computes in what the models compute in that have its layers.

    Raises
    ------
    ValueError
        If the layers branch or merge.

    Examples
    --------
    An encoder and a decoder, trained as one model and used as two:

    >>> import numpy as np
    >>> import rnnscope as rs
    >>> source, target = rs.Input((3, 2)), rs.Input((None, 1))
    >>> _, h, c = rs.layers.LSTM(5, return_state=True)(source)
    >>> lstm, dense = rs.layers.LSTM(5, return_sequences=True, return_state=True), rs.layers.Dense(1)
    >>> decoded, _, _ = lstm(target, initial_state=[h, c])
    >>> model = rs.Model([source, target], dense(decoded))
    >>> [layer.name for layer in model.layers]
    ['lstm', 'lstm_1', 'dense']
    >>> encoder = rs.Model(source, [h, c])
    >>> states = [rs.Input((5,)), rs.Input((5,))]
    >>> decoded, h, c = lstm(target, initial_state=states)
    >>> decoder = rs.Model([target, *states], [dense(decoded), h, c])
    >>> output, h, c = decoder.predict([np.zeros((1, 1, 1)), *encoder.predict(np.ones((1, 3, 2)))])
    >>> output.shape, h.shape
    ((1, 1, 1), (1, 5))
    """

    def __init__(
        self,
        inputs: Input | Sequence[Input] | None = None,
        outputs: Called | Sequence[Called] | None = None,
        *,
        seed: int | None = 0,
        dtype: str | None = None,
        name: str = "functional",
    ) -> None:
        if inputs is None and outputs is None:
            own = "A class of your own with call is not read: say its layers as rs.Sequential([...]), or by calls"
            raise TypeError(f"Model: expected inputs and outputs, as in rs.Model(x, rs.layers.Dense(1)(x)). {own}")
        given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if not given or not all(isinstance(entry, Input) for entry in given):
            raise TypeError(f"Model: inputs: expected rs.Input(shape=...), or a list of them; got {describe(inputs)}")
        ends = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
        if not ends or not all(isinstance(entry, Called) for entry in ends):
            wanted = "what layers gave when they were called, such as rs.layers.Dense(1)(x), or a list of such"
            raise TypeError(f"Model: outputs: expected {wanted}; got {describe(outputs)}")
        calls = _in_order(ends)
        layers = [call.layer for call in calls]
        _refuse_second_calls(layers)
        wires = [wire_of(call, calls, given) for call in calls]
        ends = [(calls.index(end.call), end.number) for end in ends]
        _refuse_branches(layers, wires, given, {number for number, _ in ends})
        super().__init__(seed=seed, dtype=dtype or _dtype_of(layers), name=name)
        self._given, self._calls = given, calls
        self._ends = () if ends == [(len(layers) - 1, 0)] else tuple(ends)
        self._connect(layers, wires, [entry.shape for entry in given])
        for layer in layers:
            layer.is_attached = True
        self._built()

    def add(self, layer: Layer | Input) -> NoReturn:
        """Refuse a layer: it is called with the output of the last one instead."""
        raise TypeError(
            "Model: expected its layers when it is made: rs.Model(inputs, outputs); add is for rs.Sequential"
        )

    def pop(self) -> NoReturn:
        """Refuse to take a layer off: another model of the same layers is made instead."""
        raise TypeError("Model: pop is for rs.Sequential; type rs.Model(model.input, model.layers[-2].output)")


def _in_order(ends: Sequence[Called]) -> list[Call]:
    """Return the calls that lead to what a model puts out, in the order of computation."""
    found: list[Call] = []

    def visit(call: Call) -> None:
        if call in found:
            return
        for entry in (call.x, *call.states):
            if isinstance(entry, Called):
                visit(entry.call)
        found.append(call)

    for end in ends:
        visit(end.call)
    return found


def _dtype_of(layers: Sequence[Layer]) -> str:
    """Return what the weights of layers are kept in, as far as they have some."""
    return next((weight.dtype.name for layer in layers for weight in layer.weights), DTYPE)


def _refuse_second_calls(layers: Sequence[Layer]) -> None:
    """Refuse a layer that is used twice in one model, or belongs to another layer."""
    for layer, times in Counter(layers).items():
        if layer.is_inner:
            raise ValueError(f"Model: expected layers that are part of no other layer; {layer.label} is")
        if times > 1:
            raise ValueError(
                f"Model: expected every layer once in a model; {layer.label} is used {times} times. Make another one"
            )


def _refuse_branches(layers: Sequence[Layer], wires: Sequence[Wire], inputs: Sequence[Input], ends: set[int]) -> None:
    """Refuse a layer or an input that is read more than once, or not at all."""
    readers = Counter(number for wire in wires for number in (wire.reads, *wire.states))
    begun = {wire.start for wire in wires}
    for number, times in readers.items():
        if times > 1:
            name = layers[number].label if number >= 0 else f"input {-1 - number}"
            raise ValueError(f"Model: expected layers in a line; {name} is read by {times} layers")
    for number in range(len(inputs)):
        if -1 - number not in readers:
            raise ValueError(f"Model: inputs: expected inputs that are read; input {number} is read by no layer")
    for number, layer in enumerate(layers):
        if number not in readers and number not in begun and number not in ends:
            raise ValueError(f"Model: expected layers that are read; {layer.label} is read by none")
