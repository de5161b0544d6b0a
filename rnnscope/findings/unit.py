"""What can be said of a single unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import sympy

from rnnscope.cells.function_facts import facts_of, value_of
from rnnscope.findings.texts import say
from rnnscope.findings.wording import gates_of, known, named, number, of_cells, percent
from rnnscope.formulas.printers import TextPrinter
from rnnscope.formulas.substitution import Substitution, substitute_at
from rnnscope.trace import Moment
from rnnscope.trace.naming import step_in_words

FLAT, STEEP = 0.1, 0.75
"""A function is flat where its slope is less than this part of its steepest, and steep where it is more."""

PLACES = (0.0, 1.0)
"""At one of these places a function of two ends is steepest."""


@of_cells
def jump(moment: Moment) -> Iterator[str]:
    """Say at which time step the state that the layer puts out changes most in the moment's unit."""
    layer, state = moment.layer, moment.layer.output
    if state not in layer:
        return
    values = layer[state][moment.run][:: moment.way, moment.unit].astype(float)
    if len(values) < 2 or not known(values):
        return
    steps = np.abs(np.diff(values))
    time = int(steps.argmax()) + 1
    place = range(moment.steps)[:: moment.way][time]
    if not steps.any():
        yield say("unit.still", unit=moment.unit, state=named(layer, state))
        return
    ends = {"before": number(values[time - 1]), "after": number(values[time])}
    yield say(
        "unit.jumps",
        unit=moment.unit,
        state=named(layer, state),
        time=step_in_words(moment, place),
        **ends,
    )


@of_cells
def equation(moment: Moment, found: Substitution | None = None) -> Iterator[str]:
    """Say which part of the sum is largest, and whether the function of a sum is flat or steep there.

    The numbers of the moment's equation are looked up unless they are given.
    """
    if moment.direction == "backward":
        return
    found = found or substitute_at(moment)
    yield from _largest(found)
    yield from _share(moment, found)
    yield from _slope(moment)


@of_cells
def sources(moment: Moment, found: Substitution | None = None) -> Iterator[str]:
    """Say which way most of the gradient of the phase came, that all of it came one way, or that none came.

    The numbers of the moment's equation are looked up unless they are given.
    """
    if moment.direction == "forward":
        return
    found = found or substitute_at(moment)
    numbers = {term.of: term.value for term in found.terms}
    values = {way: float(value_of(way, numbers)) for way in sympy.Add.make_args(found.equation.right)}
    if not known(np.array([*values.values()])):
        return
    if not any(values.values()):
        yield say("equation.none", name=found.equation.quantity)
        return
    largest = max(values, key=lambda way: abs(values[way]))
    is_all = sum(map(bool, values.values())) == 1
    key = "equation.all" if is_all else _key_of_largest(values.values())
    way = TextPrinter(found.equation.graph, found.equation.pulls).doprint(largest)
    yield say(key, term=way, value=number(values[largest]))


def _key_of_largest(parts: Iterable[float]) -> str:
    """Return what is said of the largest of some parts: that it is most of their sizes, or not."""
    sizes = [abs(part) for part in parts]
    return "equation.most" if 2 * max(sizes) > sum(sizes) else "equation.largest"


def _largest(found: Substitution) -> Iterator[str]:
    """Say which term of a sum of at least two is largest, if the equation is a function of one sum."""
    right = found.equation.right
    terms = {term.of: term for term in found.terms}
    inside = right.args[0] if len(right.args) == 1 else right
    parts = [terms[symbol] for symbol in inside.args if symbol in terms] if inside.is_Add else []
    if len(parts) < 2 or len(parts) < len(inside.args) or not known(np.array([term.value for term in parts])):
        return
    largest = max(parts, key=lambda term: abs(term.value))
    if largest.value:
        key = _key_of_largest(term.value for term in parts)
        yield say(key, term=largest.symbol, value=number(largest.value))


def _share(moment: Moment, found: Substitution) -> Iterator[str]:
    """Say how much a gate lets through, if the equation is its product with something else."""
    right, terms = found.equation.right, {term.of: term for term in found.terms}
    names = {symbol: symbol.ref.of for symbol in right.args if symbol in terms} if right.is_Mul else {}
    doors = [symbol for symbol, name in names.items() if name in gates_of(moment.layer)]
    if len(doors) == 1 and known(np.array([term.value for term in found.terms])):
        rest = TextPrinter(found.equation.graph).doprint(right / doors[0])
        share = percent(terms[doors[0]].value)
        name = named(moment.layer, names[doors[0]])
        yield say("equation.share", gate=name, share=share, rest=rest, value=number(found.value))


def _slope(moment: Moment) -> Iterator[str]:
    """Say whether the bounded function of a pre-activation is flat or steep at the moment."""
    layer, phase, at = moment.layer, moment.phase, (*moment.run, moment.time, moment.unit)
    equation = layer.cell[phase].equation
    if layer.cell[phase].ends is None or phase not in layer.pre or not known(layer.pre[phase][at]):
        return
    z = sympy.Symbol("z")
    slope = sympy.diff(equation.func(z), z)
    here, *others = np.abs(value_of(slope, {z: np.array([layer.pre[phase][at], *PLACES], float)}))
    steepest = max(others)
    if here < FLAT * steepest or here > STEEP * steepest:
        key = "equation.flat" if here < FLAT * steepest else "equation.steep"
        yield say(key, function=facts_of(equation).text, name=phase)
