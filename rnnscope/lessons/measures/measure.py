"""Measures: the numbers of a moment by name, which texts name as places and questions ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnscope.analysis.classes import are_classes
from rnnscope.checks import one_of
from rnnscope.languages import noted, tr
from rnnscope.lessons.moments import KEYS, at_of, moment_at, quantity_of, steps_of
from rnnscope.lessons.needs import Lacking, lacking
from rnnscope.lessons.tables import Table
from rnnscope.numbers import percent, written
from rnnscope.trace import LayerTrace, Moment, Trace

NUMBER, SHARE, COUNT, ANSWER = "number", "share", "count", "answer"
"""How a measure is written: with three digits, in percent, as a whole number, and in the units of the data."""


@dataclass(frozen=True)
class Measure:
    """A number of a moment.

    Attributes
    ----------
    name, call
        Its name, and what computes it from a moment and its own arguments.
    form
        How it is written.
    needs
        What it needs of a trace.
    defaults
        Its own arguments and their defaults.
    """

    name: str
    call: Callable[..., float]
    form: str
    needs: tuple[str, ...]
    defaults: Mapping[str, Any]

    @property
    def meaning(self) -> str:
        """What it is, in a sentence."""
        return inspect.getdoc(self.call).split("\n")[0]


MEASURES: dict[str, Measure] = {}
"""All measures by name."""


def measure(form: str, *needs: str) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Make a function of a moment a measure of its name."""

    def made(call: Callable[..., float]) -> Callable[..., float]:
        _, *own = inspect.signature(call).parameters.values()
        defaults = {argument.name: argument.default for argument in own}
        MEASURES[call.__name__] = Measure(call.__name__, call, form, needs, defaults)
        return call

    return made


@dataclass(frozen=True)
class Asked:
    """A measure as a lesson asks for it.

    Attributes
    ----------
    measure
        The measure.
    at
        What of the moment is another than that of the stop.
    arguments
        The arguments of the measure.
    """

    measure: Measure
    at: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)


def asked_of(table: Table, key: str = "measure") -> Asked:
    """Return the measure that a table asks for, with what it says of the moment and its arguments."""
    found = MEASURES[table.name(key, MEASURES)]
    table.only([key, *KEYS, *found.defaults])
    arguments = {}
    for name, default in found.defaults.items():
        if name in table:
            kinds = (str, int) if name == "of" else (type(default),)
            fits = [kind for kind in kinds if isinstance(table.values[name], kind)]
            arguments[name] = table.get(name, fits[0] if fits else kinds[0])
    return Asked(found, at_of(table), arguments)


@dataclass(frozen=True)
class Found:
    """A measure at a moment: its number, and how it is written."""

    value: float
    text: str


def found_at(asked: Asked, moment: Moment, layer: LayerTrace) -> Found:
    """Return a measure at a moment of a stop.

    Raises
    ------
    Lacking
        If the trace lacks what it needs, or it is no finite number.
    """
    at = moment_at(asked.at, moment.trace, layer, moment) if asked.at else moment
    need = lacking(asked.measure.needs, at.trace, at.layer)
    if need:
        raise Lacking(need)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(asked.measure.call(at, **asked.arguments))
    if not np.isfinite(value):
        raise Lacking("finite")
    return Found(value, said(value, asked.measure.form, at.trace))


def said(value: float, form: str, trace: Trace) -> str:
    """Return a number as texts write it."""
    if form == SHARE:
        return percent(value)
    if form == ANSWER and are_classes(trace):
        of_right, of_likeliest = noted("{share} for the right class"), noted("{share} for the likeliest class")
        return tr(of_likeliest if trace.y is None else of_right, share=percent(value))
    if form == COUNT:
        return f"{value:,.0f}"
    text = written(value, 3)
    return trace.labels.with_unit(text) if form == ANSWER else text


def measure_named(where: str, name: str, declared: Mapping[str, Asked]) -> Asked:
    """Return the measure that a name means: one that the lesson declares, or one without arguments."""
    return declared.get(name) or Asked(MEASURES[one_of(where, name, [*declared, *MEASURES])])


def named_quantity(moment: Moment, quantity: str) -> str:
    """Return the quantity that is meant, that of the moment if none is named."""
    name = quantity_of(quantity, moment.layer) if quantity else moment.phase
    if name not in moment.layer:
        raise Lacking("quantities")
    return name


def named_state(moment: Moment, state: str) -> str:
    """Return the state that is meant, if it is one that was recorded."""
    name = quantity_of(state, moment.layer)
    if name not in moment.layer.cell.states or name not in moment.layer:
        raise Lacking("memory")
    return name


def values_of(moment: Moment, quantity: str) -> np.ndarray:
    """Return a quantity at the moment, (unit,)."""
    return moment.layer[named_quantity(moment, quantity)][moment.run][moment.time].astype(float)


def counted_steps(moment: Moment) -> list[int]:
    """Return the time steps of the moment's sample that count, in the order of reading."""
    return steps_of(moment.layer, moment.sample, moment.trace)
