"""A cell: its quantities in the order of their computation, checked when it is made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NoReturn

import numpy as np
import sympy
from sympy.core.symbol import Str

from rnnscope.cells.errors import DeclarationError
from rnnscope.cells.function_facts import declared_functions, facts_of, value_of
from rnnscope.cells.quantity import Quantity
from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import LEARNED, Bias, Constant, DiagonalProduct, symbols, x
from rnnscope.cells.weight_kinds import KINDS
from rnnscope.cells.weights import Weight, WeightArray, arrays_of, weights_of
from rnnscope.checks import describe, one_of, positive_int
from rnnscope.habits import refuse_attribute


@dataclass(frozen=True, init=False)
class Cell:
    """A recurrent cell as data: what it computes at one time step, as its textbook equations.

    Attributes
    ----------
    name
        Name of its layer, such as `LSTM`.
    quantities
        Gates, candidates and states, in an order in which they can be computed; their weights are stored in it. The
        last one is the output, and a state.
    title
        What it is called in a sentence.
    papers
        Where it comes from.
    options
        The options that it was built with, as (name, value) pairs.
    year
        When it was published; names of quantities get their colours in this order, so that a newer cell takes none
        away. Those of cells without a year come last.
    columns
        A hint for pictures: gates and candidates from left to right, which is also how a learner steps through them;
        what is not named is put where it fits.

    Raises
    ------
    DeclarationError
        If a quantity reads a later or undeclared one, two share a name, a state has no equation, the input is
        never read or read outside a linear map, or an equation uses an unknown function. It names the quantity.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.LSTM.cell.names
    ('i', 'f', 'g', 'o', 'c', 'h')
    """

    name: str
    quantities: tuple[Quantity, ...]
    title: str
    papers: tuple[str, ...]
    options: tuple[tuple[str, object], ...]
    columns: tuple[str, ...]
    year: int | None

    def __init__(
        self,
        name: str,
        *quantities: Quantity,
        title: str = "",
        papers: tuple[str, ...] = (),
        options: tuple[tuple[str, object], ...] = (),
        columns: tuple[str, ...] = (),
        year: int | None = None,
    ) -> None:
        if not isinstance(name, str) or not name.isidentifier():
            raise DeclarationError(f"name of the cell: expected an identifier such as 'MyCell'; got {describe(name)}")
        fields = {"name": name, "quantities": quantities, "title": title or name, "papers": tuple(papers)}
        fields |= {"options": tuple(options), "columns": tuple(columns)}
        fields["year"] = None if year is None else positive_int("year", year)
        for field, value in fields.items():
            object.__setattr__(self, field, value)
        check(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its quantities, as declared."""
        return tuple(quantity.name for quantity in self.quantities)

    @cached_property
    def phases(self) -> tuple[str, ...]:
        """The names in the order in which a learner steps through them: the boxes of the picture from left to right.

        They are as declared if the cell hints at no columns, or at an order in which it cannot be computed.
        """
        columns = iter(self.columns)
        found = tuple(next(columns) if name in self.columns else name for name in self.names)
        later = (self[name].equation.free_symbols & set(symbols(" ".join(found[k:]))) for k, name in enumerate(found))
        return self.names if any(later) else found

    @property
    def states(self) -> tuple[str, ...]:
        """The names of its states: what is carried from one time step to the next, and what the layer puts out."""
        return tuple(quantity.name for quantity in self.quantities if quantity.role == "state")

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """The states whose values the next time step reads: of some cells not the output."""
        read = {symbol.ref.of for quantity in self for symbol in quantity.equation.free_symbols if symbol.ref.shift}
        return tuple(state for state in self.states if state in read)

    @property
    def output(self) -> str:
        """The name of the state that the layer puts out: the last quantity."""
        return self.quantities[-1].name

    @cached_property
    def written(self) -> dict[str, str]:
        """Its equations as text, by quantity, which tells one declaration from another."""
        return {quantity.name: str(quantity.equation) for quantity in self.quantities}

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """The weight blocks of all quantities, in phase order."""
        return weights_of(self.quantities)

    @cached_property
    def arrays(self) -> tuple[WeightArray, ...]:
        """The weight arrays, in Keras's order."""
        return arrays_of(self.weights)

    def array_of(self, weight: Weight) -> WeightArray:
        """Return the array in which the block of a weight lies."""
        return next(array for array in self.arrays if any(weight in row for row in array.rows))

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, "cell", name)

    def __getitem__(self, name: str) -> Quantity:
        return self.quantities[self.names.index(one_of(f"quantity of {self.name}", name, self.names))]

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.quantities)

    def with_options(self, options: tuple[tuple[str, object], ...]) -> Cell:
        """Return the same cell, with the options that it was built with noted down."""
        return self._with(self.quantities, options)

    def without_bias(self) -> Cell:
        """Return the same cell with every bias taken out of its equations."""
        bare = [q.equation.replace(lambda e: isinstance(e, Bias), lambda _: sympy.Integer(0)) for q in self.quantities]
        without = (replace(q, equation=equation) for q, equation in zip(self.quantities, bare, strict=True))
        return self._with(without, self.options)

    def _with(self, quantities: Iterable[Quantity], options: tuple[tuple[str, object], ...]) -> Cell:
        kept = {"title": self.title, "papers": self.papers, "columns": self.columns, "year": self.year}
        return Cell(self.name, *quantities, options=options, **kept)


def check(cell: Cell) -> None:
    """Refuse a declaration that contradicts itself, with an error that names the quantity."""
    for quantity in cell.quantities:
        if not isinstance(quantity, Quantity):
            raise DeclarationError(f"cell {cell.name}: expected gates, candidates and states; got {describe(quantity)}")
    if not cell.quantities or cell.quantities[-1].role != "state":
        raise DeclarationError(f"cell {cell.name}: expected a state as its last quantity: it is the output")
    for column in cell.columns:
        one_of(f"columns of cell {cell.name}", column, cell.names)
    for k, quantity in enumerate(cell.quantities):
        if quantity.name in cell.names[:k]:
            raise DeclarationError(f"cell {cell.name}: two quantities are called {quantity.name!r}")
        where = f"cell {cell.name}, quantity {quantity.name!r}"
        _check_symbols(cell, quantity, cell.names[:k], where)
        _check_nodes(quantity, where)
    _check_constants(cell)
    _check_starts(cell)
    if not any(weight.vector == x for weight in cell.weights):
        raise DeclarationError(f"cell {cell.name}: no quantity reads the input x through a linear map")


def _check_symbols(cell: Cell, quantity: Quantity, earlier: tuple[str, ...], where: str) -> None:
    for symbol in sorted(quantity.equation.free_symbols, key=str):
        if not isinstance(symbol, Symbol):
            raise DeclarationError(_refusal(cell, where, symbol))
        name = symbol.ref.of
        if symbol.ref.shift:
            if name not in cell.states:
                raise DeclarationError(f"{where}: it reads previous({name!r}), but no state {name!r} has an equation")
        elif name in earlier or symbol == x:
            continue
        elif name in cell.names:
            hint = f"; for its value of the time step before use previous({name!r})" if name in cell.states else ""
            raise DeclarationError(f"{where}: it reads {name!r}, which is computed later or at the same moment{hint}")
        else:
            raise DeclarationError(f"{where}: it reads {name!r}, which is not declared")


def _refusal(cell: Cell, where: str, symbol: sympy.Symbol) -> str:
    """Say what is wrong with a symbol that is not of the words of declarations."""
    state = symbol.name.removesuffix("_prev")
    if state != symbol.name and state in cell.states:
        return f"{where}: expected previous({state!r}); got a symbol of sympy's own called {symbol.name!r}"
    if symbol.name in (*cell.names, "x"):
        return f"{where}: expected symbols({symbol.name!r}); got a symbol with assumptions of its own"
    return f"{where}: it reads {symbol.name!r}, which is not declared"


def _check_nodes(quantity: Quantity, where: str) -> None:
    learned = quantity.equation.atoms(*LEARNED)
    for node in sorted(learned - quantity.equation.atoms(Constant), key=str):
        _check_map(where, node)
        if any(inner.atoms(*LEARNED) for inner in node.args):
            raise DeclarationError(f"{where}: a linear map reads another one; give the inner one a quantity of its own")
        if node.args[0] == x and isinstance(node, DiagonalProduct):
            raise DeclarationError(f"{where}: peephole(x): a diagonal map reads a vector of units; use linear(x)")
        if x in node.free_symbols and not isinstance(node, Bias) and node.args[0] != x:
            raise DeclarationError(f"{where}: a linear map reads x inside {node.args[0]}; it can read x only by itself")
    outside = quantity.equation.xreplace({node: sympy.Dummy() for node in learned})
    if x in outside.free_symbols:
        raise DeclarationError(f"{where}: it reads x outside a linear map; use linear(x)")
    for part in sympy.preorder_traversal(quantity.equation):
        if not isinstance(part, (*LEARNED, Str)):
            _check_part(where, part)


def _check_map(where: str, node: sympy.Function) -> None:
    """Refuse a linear map that reads no vector, and a bias whose start is no number."""
    start, *vectors = node.args if isinstance(node, Bias) else (sympy.Integer(0), *node.args)
    for vector in vectors:
        if not vector.free_symbols:
            raise DeclarationError(
                f"{where}: a linear map: expected a vector, such as x or previous('h'); got {vector}. "
                f"For a learned number per unit use constant('name', start=...)"
            )
    if not _is_finite_number(start):
        raise DeclarationError(f"{where}: bias_start: expected a finite number; got {start}")


def _check_part(where: str, part: sympy.Basic) -> None:
    known = declared_functions()
    if isinstance(part, known) and len(part.args) != facts_of(part).arguments:
        wanted = facts_of(part).arguments
        raise DeclarationError(
            f"{where}: {part.func.__name__}: expected {wanted} arguments; got {len(part.args)}, {part}"
        )
    if isinstance(part, sympy.Function) and not isinstance(part, known):
        names = ", ".join(function.__name__ for function in known)
        raise DeclarationError(f"{where}: expected the functions {names}; got {part.func.__name__}")
    if isinstance(part, sympy.Pow) and not (part.exp.is_Integer or abs(part.exp) == sympy.Rational(1, 2)):
        raise DeclarationError(f"{where}: expected whole or square-root exponents; got {part}")
    if isinstance(part, sympy.Number | sympy.NumberSymbol):
        if not part.is_finite:
            raise DeclarationError(f"{where}: expected finite numbers; got {part}")
    elif not isinstance(part, sympy.Symbol | sympy.Add | sympy.Mul | sympy.Pow | sympy.Function):
        raise DeclarationError(f"{where}: expected sums, products and functions of quantities; got {part}")


def _is_finite_number(part: sympy.Basic) -> bool:
    return isinstance(part, sympy.Number | sympy.NumberSymbol) and bool(part.is_finite)


def _check_constants(cell: Cell) -> None:
    """Refuse constants that cannot be told from other things of the cell, or from each other."""
    starts: dict[str, Constant] = {}
    for quantity in cell:
        for node in sorted(quantity.equation.atoms(Constant), key=str):
            name = str(node.args[0])
            where = f"cell {cell.name}, quantity {quantity.name!r}: constant {name!r}"
            if not name.isidentifier() or "_" in name:
                raise DeclarationError(f"{where}: expected a name such as 'Λ', of letters and digits; got {name}")
            for end in node.args[1:]:
                if not _is_finite_number(end):
                    raise DeclarationError(f"{where}: start: expected a finite number, or two; got {end}")
            if name in (*cell.names, "x", *(kind.letter for kind in KINDS.values())):
                raise DeclarationError(f"{where}: expected a name of its own; got one that something else has")
            if starts.setdefault(name, node) != node:
                raise DeclarationError(f"{where}: expected one start; got {starts[name]} and {node}")


def _check_starts(cell: Cell) -> None:
    """Refuse starts of states with which the first time step gives no numbers: −∞ that reaches a quantity."""
    if all(math.isfinite(quantity.start) for quantity in cell):
        return
    values = {Symbol.of("value", q.name, -1): np.float64(q.start) for q in cell if q.role == "state"}
    for quantity in cell:
        stand_ins = {node: Symbol.of("weight", f"w{k}") for k, node in enumerate(quantity.equation.atoms(*LEARNED))}
        numbers = {**values, **dict.fromkeys(stand_ins.values(), np.float64(0.5))}
        with np.errstate(all="ignore"):
            found = value_of(quantity.equation.xreplace(stand_ins), numbers)
        if not np.isfinite(found):
            raise DeclarationError(
                f"cell {cell.name}, quantity {quantity.name!r}: expected a finite number at the first time step, which "
                f"its line can show; got {found} from {', '.join(_starting_at_nothing(cell))}"
            )
        values[Symbol.of("value", quantity.name)] = found


def _starting_at_nothing(cell: Cell) -> list[str]:
    return [f"state {q.name!r} with start={q.start}" for q in cell if not math.isfinite(q.start)]
