"""Measures that count parameters."""

from __future__ import annotations

from rnnscope.cells import D, H, names
from rnnscope.cells.weight_kinds import ALL_KINDS
from rnnscope.checks import one_of
from rnnscope.figures.weight_blocks import Block, features_of, has_weights, layer_blocks
from rnnscope.formulas.parameters import dense_parameters
from rnnscope.formulas.parameters import parameters as formula_of
from rnnscope.lessons.measures.measure import COUNT, measure
from rnnscope.lessons.needs import Lacking
from rnnscope.trace import Moment


@measure(COUNT)
def parameters(moment: Moment) -> float:
    """How many parameters the layer has."""
    return layer_blocks(moment.trace, moment.layer.name).count


@measure(COUNT)
def block(moment: Moment, weight: str = "") -> float:
    """How many parameters a block of weights has, such as `U_f`; of a kind, such as `U`, the first block."""
    blocks = layer_blocks(moment.trace, moment.layer.name).blocks
    found = [own for own in blocks if not weight or _is(own, weight)]
    if not found:
        raise Lacking("weights")
    return found[0].count


@measure(COUNT)
def blocks(moment: Moment, weight: str = "U") -> float:
    """How many blocks of weights of a kind the layer has, such as `U`: one for each quantity that has some."""
    every = layer_blocks(moment.trace, moment.layer.name).blocks
    return sum(_is(own, weight) for own in every)


@measure(COUNT)
def net_parameters(moment: Moment) -> float:
    """How many parameters the whole net has."""
    trace = moment.trace
    return sum(layer_blocks(trace, name).count for name in trace.layers if has_weights(trace[name]))


@measure(COUNT)
def features(moment: Moment) -> float:
    """How many numbers the layer reads at a time step."""
    return features_of(moment.trace, moment.layer.name)


@measure(COUNT)
def units(moment: Moment) -> float:
    """How many units the layer has."""
    return moment.layer.units


@measure(COUNT)
def kept_numbers(moment: Moment) -> float:
    """How many numbers of one sample the layer puts out if it returns sequences: time steps times units."""
    return moment.steps * moment.layer.units


@measure(COUNT)
def formula(moment: Moment, cell: str = "", inputs: int = 1, hidden: int = 300) -> float:
    """How many parameters a layer of some cell (the moment's by default) would have, by its formula."""
    return formula_of(_cell(moment, cell)).subs({D: inputs, H: hidden})


@measure(COUNT)
def course_net(moment: Moment, cell: str = "", inputs: int = 1, hidden: int = 300, layers: int = 2) -> float:
    """How many parameters a net of equal layers of some cell with a dense layer of one unit would have."""
    each = formula_of(_cell(moment, cell))
    counts = [each.subs({D: inputs if number == 0 else hidden, H: hidden}) for number in range(layers)]
    return sum(counts) + dense_parameters().subs({D: hidden, H: 1})


def _is(block: Block, weight: str) -> bool:
    """Say whether a block is meant by its name, or by the letter of its kind."""
    return weight in (block.name, ALL_KINDS[block.row[0]].letter)


def _cell(moment: Moment, cell: str) -> object:
    return one_of("cell", cell, names()) if cell else moment.layer.cell
