"""Where a model begins and ends: its inputs, and what it puts out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnscope.models.calls import Call, Called, of_wire
from rnnscope.models.inputs import Input, Shape
from rnnscope.models.layer import Layer
from rnnscope.models.nodes import Node, Wire
from rnnscope.models.passes import End

LAST = ((-1, 0),)
"""The output of the last layer, by the numbers of a layer and of what that gives."""


class Ends:
    """The two ends of a model, as what `rs.Model(inputs, outputs)` takes: models of some of its layers begin there."""

    _layers: list[Layer]
    _wires: list[Wire]
    _inputs: list[Shape]
    _given: Sequence[Input] = ()
    _calls: Sequence[Call] = ()
    _ends: tuple[tuple[int, int], ...] = ()
    """What it puts out: the numbers of a layer and of what that gives; nothing if it is the output of the last one."""

    @property
    def inputs(self) -> list[Input]:
        """Its inputs."""
        self._check_known("inputs")
        return list(self._given)

    @property
    def outputs(self) -> list[Called]:
        """What it puts out."""
        self._check_known("outputs")
        return [Called(self._calls[layer], number) for layer, number in self._ends or LAST]

    @property
    def input(self) -> Input | list[Input]:
        """Its input, or a list of them, for `rs.Model(model.input, layer.output)`."""
        return _alone(self.inputs)

    @property
    def output(self) -> Called | list[Called]:
        """What it puts out, or a list of it."""
        return _alone(self.outputs)

    @property
    def input_shape(self) -> Any:
        """The shape of its input with the axis of samples, such as (None, 4, 1), or a list of such."""
        return _alone([(None, *entry.shape) for entry in self.inputs])

    @property
    def output_shape(self) -> Any:
        """The shape of what it puts out with the axis of samples, or a list of such."""
        self._check_known("output_shape")
        return _alone([called.shape for called in self.outputs])

    @property
    def only_predicts(self) -> str:
        """What makes it a model for nothing but `predict`, in words; empty if it can be trained and recorded."""
        if any(wire.states for wire in self._wires):
            return "inputs that are states"
        if len(self._ends) > 1:
            return f"{len(self._ends)} outputs"
        if self._ends:
            return "a state as its output"
        return ""

    def _check_for_more(self, wanted: str) -> None:
        """Refuse what a model for nothing but `predict` cannot do."""
        if self.only_predicts:
            raise ValueError(
                f"{type(self).__name__}: {wanted}: expected a model whose one output is that of its last layer; got "
                f"one with {self.only_predicts}, which is for predict. Use the model that is trained with these layers"
            )

    def _check_known(self, name: str) -> None:
        if not self._layers or not self._given:
            missing = "input_shape=(time, feature) in the first layer, or rs.Input(shape=...) before it"
            raise AttributeError(f"{type(self).__name__}: {name}: expected {missing}; got none")

    def _note(self) -> None:
        """Note as calls what the layers read that have none yet in this model."""
        self._given = self._given or [Input(shape) for shape in self._inputs]
        self._calls = list(self._calls)
        for layer, wire in list(zip(self._layers, self._wires, strict=True))[len(self._calls) :]:
            self._calls.append(of_wire(layer, wire, self._given, self._calls))
            layer.note(self._calls[-1])

    def _ends_by_node(self, nodes: Sequence[Node]) -> list[End]:
        """Return what it puts out by the numbers of nodes and the names of states."""
        numbers = {node.name: k for k, node in enumerate(nodes)}
        ends = [(self._layers[layer], number) for layer, number in self._ends or LAST]
        return [(numbers[layer.last_node], layer.states[number - 1] if number else None) for layer, number in ends]


def _alone(entries: list[Any]) -> Any:
    """Return the only entry of a list, or all of them."""
    return entries[0] if len(entries) == 1 else entries
