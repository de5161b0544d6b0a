"""Calls of layers: what a layer reads in a functional model, and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from rnnscope.checks import describe
from rnnscope.habits import refuse_attribute
from rnnscope.models.inputs import Input
from rnnscope.models.nodes import Wire

if TYPE_CHECKING:
    from rnnscope.models.layer import Layer


@dataclass(frozen=True, eq=False)
class Call:
    """One use of a layer: models whose layers read other things use it anew, with the same weights.

    Attributes
    ----------
    layer
        The layer.
    x
        What it reads.
    states
        The states that it begins with; nothing if it begins by itself.
    """

    layer: Layer
    x: Input | Called
    states: tuple[Input | Called, ...] = ()

    @property
    def output(self) -> Called | list[Called]:
        """What the layer gives: its output; with `return_state=True` a list of its output and its last states."""
        if not self.layer.return_state:
            return Called(self)
        return [Called(self, k) for k in range(1 + len(self.layer.states))]


@dataclass(frozen=True)
class Called:
    """What a layer gives when it is called in a functional model.

    Attributes
    ----------
    call
        The call.
    number
        0: its output; 1, 2 …: its last states.
    """

    call: Call
    number: int = 0

    @property
    def layer(self) -> Layer:
        """The layer."""
        return self.call.layer

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Its shape with the axis of samples, such as (None, 4, 3)."""
        x = self.call.x
        read = x.shape[1:] if isinstance(x, Called) else x.shape
        return (None, self.layer.units) if self.number else (None, *self.layer.output_shape(read))

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, "output of a layer", name)

    def __repr__(self) -> str:
        return f"<{f'state {self.layer.states[self.number - 1]}' if self.number else 'output'} of {self.layer.label}>"

    def __iter__(self) -> NoReturn:
        """Refuse to be taken for several things."""
        hint = "model.layers counts no inputs: of a model of two inputs, Keras's layers[2] is layers[0] here"
        wanted = f"a layer that gives its states too, with return_state=True ({hint})"
        raise TypeError(f"{self.layer.label}: expected {wanted}; got one output, taken for several")

    def _merged(self, *_: Any) -> NoReturn:
        """Refuse to compute with what has no numbers yet."""
        wanted = "layers that read one another in a line, without sums or parts of what they give"
        raise TypeError(f"Model: expected {wanted}; got a computation with the {repr(self)[1:-1]}")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __matmul__ = __getitem__ = _merged


def called(layer: Layer, x: Any, initial_state: Any = ()) -> Call:
    """Return the call of a layer with what it reads and begins with, or refuse it in words."""
    if not isinstance(x, Input | Called):
        wanted = "rs.Input(shape=...) or the output of a layer; numbers are what a model takes: model.predict(x)"
        raise TypeError(f"{layer.label}: expected {wanted}; got {describe(x)}")
    single = isinstance(initial_state, Input | Called)
    states = (initial_state,) if single else tuple(() if initial_state is None else initial_state)
    if states and not layer.states:
        raise ValueError(f"{layer.label}: initial_state: expected none, since it has no states; got {len(states)}")
    return Call(layer, x, states)


def of_wire(layer: Layer, wire: Wire, inputs: Sequence[Input], below: Sequence[Call]) -> Call:
    """Return the call of a layer by what it reads: inputs, and the calls of the layers before it."""
    x = inputs[-1 - wire.reads] if wire.reads < 0 else Called(below[wire.reads])
    if wire.start is not None:
        return Call(layer, x, tuple(Called(below[wire.start], k) for k in range(1, len(layer.states) + 1)))
    return Call(layer, x, tuple(inputs[-1 - k] for k in wire.states))


def wire_of(call: Call, calls: Sequence[Call], inputs: Sequence[Input]) -> Wire:
    """Return what a layer reads, by the numbers of calls and inputs."""
    if isinstance(call.x, Called) and call.x.number:
        below = call.x.layer.label
        raise ValueError(f"{call.layer.label}: expected to read the output of {below}; got one of its states")
    start, states = _start(call, calls, inputs)
    return Wire(_number(call, call.x, calls, inputs), start, states)


def _number(call: Call, read: Input | Called, calls: Sequence[Call], inputs: Sequence[Input]) -> int:
    """Return the number of a call, or of an input of the model."""
    if isinstance(read, Called):
        return calls.index(read.call)
    if read not in inputs:
        raise ValueError(f"Model: inputs: expected all that its layers read; got no input of {call.layer.label}")
    return -1 - list(inputs).index(read)


def _start(call: Call, calls: Sequence[Call], inputs: Sequence[Input]) -> tuple[int | None, tuple[int, ...]]:
    """Return the number of the call with whose last states a layer begins, or the inputs that are its states."""
    layer, given = call.layer, call.states
    if not given:
        return None, ()
    if len(given) == len(layer.states) and all(not isinstance(state, Called) for state in given):
        for state in given:
            if state.shape != (layer.units,):
                wanted = f"inputs rs.Input(shape=({layer.units},)), a state each"
                raise ValueError(f"{layer.label}: initial_state: expected {wanted}; got shape {state.shape}")
        return None, tuple(_number(call, state, calls, inputs) for state in given)
    source = given[0].call if isinstance(given[0], Called) else None
    expected = [Called(source, k) for k in range(1, len(layer.states) + 1)]
    like = source is not None and (source.layer.states, source.layer.units) == (layer.states, layer.units)
    if not like or list(given) != expected:
        states = f"the states ({', '.join(layer.states)})"
        wanted = f"{states} of one layer of {layer.units} units, in this order, or an input for each"
        raise ValueError(f"{layer.label}: initial_state: expected {wanted}; got {describe(list(given))}")
    return calls.index(source), ()
