"""Names as pictures say them in the language that is spoken: those of quantities, and several of anything."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from rnnscope.cells import Quantity
from rnnscope.languages import tr


def title_of(quantity: Quantity) -> str:
    """Return the title of a quantity, such as `forget gate`; nothing if it was declared without one.

    Examples
    --------
    >>> import rnnscope as rs
    >>> title_of(rs.LSTM.cell["f"])
    'forget gate'
    """
    return tr(quantity.title) if quantity.title else ""


def words_of(quantity: Quantity) -> str:
    """Return the title of a quantity and its meaning, as far as it was declared with them.

    Examples
    --------
    >>> import rnnscope as rs
    >>> words_of(rs.LSTM.cell["c"])
    'cell state: the memory that is carried along'
    """
    return ": ".join(filter(None, (title_of(quantity), tr(quantity.meaning) if quantity.meaning else "")))


def with_and(names: Sequence[str]) -> str:
    """Return names with `and` between each two.

    Examples
    --------
    >>> with_and(["i", "f", "o"])
    'i and f and o'
    """
    return reduce(lambda some, name: tr("{some} and {name}", some=some, name=name), names)
