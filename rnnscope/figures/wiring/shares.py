"""What a cell keeps of an old state, and what it adds of new content: products on and beside its memory lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnscope.figures.wiring.structure import Structure
from rnnscope.figures.wiring.wiring import Wiring, entering
from rnnscope.languages import noted


@dataclass(frozen=True)
class Share:
    """A product that is part of something: `factor` of `whole`.

    Attributes
    ----------
    product, factor, whole
        Keys of the product and of its two operands.
    words
        `"of the old"` for what is kept of a state, `"of the new"` for what is added, in English.
    """

    product: str
    factor: str
    whole: str
    words: str


def shares_of(wiring: Wiring) -> list[Share]:
    """Return what is kept of each state that has a memory line, and what of candidates is added to it.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.figures.wiring.wiring import wiring_of
    >>> for share in shares_of(wiring_of(rs.LSTM.cell)):
    ...     print(share.factor, share.words, share.whole)
    f of the old c_prev
    i of the new g
    """
    return [share for state, line in Structure(wiring).lines.items() for share in _along(wiring, state, line)]


def _along(wiring: Wiring, state: str, line: list[str]) -> Iterator[Share]:
    cell = wiring.cell
    candidates = {name for name in cell.names if cell[name].role == "candidate"}
    for key in line:
        yield from _of(wiring, key, {entering(state)}, noted("of the old"))
        beside = [edge.source for edge in wiring.into(key) if edge.source not in line]
        for source in beside if wiring.nodes[key].kind == "plus" else ():
            yield from _of(wiring, source, candidates, noted("of the new"))


def _of(wiring: Wiring, product: str, wholes: set[str], words: str) -> Iterator[Share]:
    """Yield a product of two as a share, if one operand is out of some wholes."""
    operands = [edge.source for edge in wiring.into(product)] if wiring.nodes[product].kind == "times" else []
    among = [operand for operand in operands if operand in wholes]
    if len(operands) == 2 and len(among) == 1:
        (factor,) = set(operands) - set(among)
        yield Share(product, factor, among[0], words)
