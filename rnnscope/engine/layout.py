"""Where everything of a cell lies: which arrays a pass fills, and which columns of them each symbol names.

The arrays of a pass, its **tape**, hold all time steps, shaped (time, columns × units, sample): a column vector per
sample, so that the quantities of one time step are blocks of memory, one after the other.

=========  ==============================================================================
`Zx`       input part of every pre-activation, `x·W`
`Zh`       recurrent part, `h₋₁·U` (or of whatever else the cell multiplies)
`Zp`       peephole part
`Pre`      pre-activations: the parts and biases as the cell combines them
`Act`      gates and candidates: functions of pre-activations
`h`, `c`   a state each, with one more row in front: the state before the first step
`d…`       the gradient of the loss by each of these, all later time steps included
=========  ==============================================================================

Work arrays (slopes `K`, inner functions, products `V` that maps read) are needed by a pass and not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from rnnscope.cells.declaration import Cell
from rnnscope.cells.graph import Graph
from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import x
from rnnscope.cells.weight_kinds import KINDS
from rnnscope.cells.weights import Weight
from rnnscope.engine.statements import Slot


@dataclass(frozen=True)
class Base:
    """One array of a layer.

    Attributes
    ----------
    columns
        What lies in it side by side, each as wide as the layer has units.
    role
        `"value"` or `"gradient"` (the two halves of the tape), `"mask"` (on the tape, but one for all time steps),
        `"held"` (on the tape: what a quantity is held at, and where it is free),
        `"work"` (needed by a pass, not kept), `"rows"` (a copy in rows, not kept), `"weight"`, `"weight_gradient"` or
        `"input"`.
    rows_before
        1 for a state: a row in front holds the state before the first step.
    """

    columns: tuple[str, ...]
    role: str
    rows_before: int = 0


class Layout:
    """The arrays of a cell and the slot of every symbol in them.

    Attributes
    ----------
    bases
        The arrays, by name.
    views
        The names of views that begin one time step earlier, with the array in which they lie: `h_prev` lies in `h`.
    """

    def __init__(self, cell: Cell, graph: Graph, held: Sequence[str] = ()) -> None:
        self.bases: dict[str, Base] = {}
        self.views: dict[str, str] = {}
        self._slots: dict[sympy.Symbol, Slot] = {}
        self._gradients: dict[Weight, Slot] = {}
        self._weights: dict[Weight, Slot] = {}
        self._factors: dict[Symbol, Slot] = {}
        self._holds: dict[Symbol, tuple[Slot, Slot]] = {}
        self._add_weights(cell)
        self._add_products(graph)
        self._add_input()
        self._add_quantities(cell, graph)
        self._add_masks(graph)
        self._add_holds(held)
        self._add_work(graph)

    def __getitem__(self, symbol: sympy.Symbol) -> Slot:
        return self._slots[symbol]

    def __contains__(self, symbol: sympy.Symbol) -> bool:
        return symbol in self._slots

    def weight(self, weight: Weight) -> Slot:
        """Return the slot of a weight."""
        return self._weights[weight]

    def weight_gradient(self, weight: Weight) -> Slot:
        """Return the slot of the gradient of a weight."""
        return self._gradients[weight]

    def factor(self, quantity: Symbol) -> Slot:
        """Return the slot of the slope of a quantity by its pre-activation."""
        return self._factors[quantity]

    def hold(self, symbol: Symbol) -> tuple[Slot, Slot] | None:
        """Return the slots of what a symbol is held at and of where it is free; None if it is never held."""
        return self._holds.get(symbol)

    def work(self, name: str) -> Slot:
        """Return the slot of a work array of one column, added if it is new."""
        if name not in self.bases:
            self.bases[name] = Base((name,), "work")
        return Slot(name)

    def holds(self, name: str) -> str:
        """Return the array in which a view of that name lies: `h_prev` lies in `h`."""
        return self.views.get(name, name)

    def has_time(self, slot: Slot) -> bool:
        """Say whether a slot has a place for every time step."""
        base = self.bases.get(self.holds(slot.base))
        return base is not None and base.role in ("value", "gradient", "work", "held")

    def label(self, slot: Slot) -> str:
        """Return the name of a slot in the source, such as `Act`, `i`, `i_f`, `Pre_i_f` or `h_prev`."""
        if slot.base not in self.bases:
            return slot.base
        columns = self.bases[slot.base].columns
        chosen = columns[slot.start : slot.stop]
        if chosen == columns and (len(chosen) > 1 or slot.base == columns[0] or slot.base == f"d_{columns[0]}"):
            return slot.base
        prefix = {"Act": "", "dAct": "d_"}.get(slot.base, f"{slot.base}_")
        return prefix + "_".join(chosen)

    def width(self, slot: Slot) -> int:
        """Return the number of columns of the array in which a slot lies."""
        return len(self.bases[self.holds(slot.base)].columns)

    def rows(self, slot: Slot) -> Slot:
        """Return the slot of the same columns in rows (time × sample, column); its array is added if it is new."""
        name = f"R_{slot.base}"
        if name not in self.bases:
            base = self.bases[self.holds(slot.base)]
            self.bases[name] = Base(base.columns, "rows")
        return Slot(name, slot.start, slot.stop)

    def tape(self, gradients: bool) -> list[str]:
        """Return the names of the arrays that make up the tape, or only its forward half."""
        roles = ("value", "mask", "held", *["gradient"] * gradients)
        return [name for name, base in self.bases.items() if base.role in roles]

    # ------------------------------------------------------------------------------------------ what lies where

    def _add_weights(self, cell: Cell) -> None:
        for kind in KINDS.values():
            weights = [weight for weight in cell.weights if weight.kind is kind]
            columns = [weight.column for weight in weights]
            self._weights |= dict(zip(weights, self._add(kind.letter, columns, "weight"), strict=True))
            gradients = self._add(f"g{kind.letter}", columns, "weight_gradient")
            self._gradients |= dict(zip(weights, gradients, strict=True))
        self._slots |= {weight.symbol: slot for weight, slot in self._weights.items()}

    def _add_products(self, graph: Graph) -> None:
        for kind in KINDS.values():
            entries = [entry for entry in graph.maps if entry.weight.kind is kind]
            slots = self._add(kind.product, [entry.weight.column for entry in entries], "value")
            self._slots |= {entry.result: slot for entry, slot in zip(entries, slots, strict=True)}

    def _add_input(self) -> None:
        for symbol, role in ((x, "input"), (x.gradient, "gradient")):
            self.bases[symbol.name] = Base((x.name,), role)
            self._slots[symbol] = Slot(symbol.name)

    def _add_quantities(self, cell: Cell, graph: Graph) -> None:
        pre = graph.of_kind("pre")
        values = [Symbol.of("value", node.symbol.ref.of) for node in pre]
        columns = [value.name for value in values]
        self._add_pair("Pre", columns, [node.symbol for node in pre])
        self._factors = dict(zip(values, self._add("K", columns, "work"), strict=True))
        side_by_side = [value for value in values if value.name not in cell.states]
        self._add_pair("Act", [value.name for value in side_by_side], side_by_side)
        for quantity in cell:
            symbol = Symbol.of("value", quantity.name)
            if quantity.role == "state":
                self._add_state(symbol)
            elif symbol not in side_by_side:
                self._add_pair(quantity.name, [quantity.name], [symbol])

    def _add_masks(self, graph: Graph) -> None:
        """Add the masks of recurrent dropout, one for each previous state that a matrix reads."""
        symbols = {symbol for node in graph.nodes for symbol in node.expression.free_symbols}
        for symbol in sorted((s for s in symbols if s.ref.kind == "dropout"), key=str):
            (self._slots[symbol],) = self._add(symbol.name, [symbol.name], "mask")

    def _add_holds(self, held: Sequence[str]) -> None:
        """Add what quantities are held at, and where they are free."""
        for name in held:
            both = [Symbol.of(kind, name) for kind in ("held", "free")]
            self._slots |= {symbol: slot for symbol in both for slot in self._add(symbol.name, [symbol.name], "held")}
            self._holds[Symbol.of("value", name)] = tuple(self._slots[symbol] for symbol in both)

    def _add_work(self, graph: Graph) -> None:
        for node in graph.nodes:
            if node.kind in ("inner", "vector"):
                self._slots[node.symbol] = self.work(node.symbol.name)
            if node.kind == "vector":
                (self._slots[node.symbol.gradient],) = self._add(node.symbol.gradient.name, [node.symbol.name], "work")

    def _add(self, base: str, columns: list[str], role: str) -> list[Slot]:
        """Add an array, if it has columns, and return their slots."""
        if columns:
            self.bases[base] = Base(tuple(columns), role)
        return [Slot(base, k, k + 1) for k in range(len(columns))]

    def _add_pair(self, base: str, columns: list[str], symbols: list[Symbol]) -> None:
        """Add a kept array and the array of its gradient."""
        gradient = f"d{base}" if base in ("Act", "Pre") else f"d_{base}"
        self._slots |= dict(zip(symbols, self._add(base, columns, "value"), strict=True))
        gradients = [symbol.gradient for symbol in symbols]
        self._slots |= dict(zip(gradients, self._add(gradient, columns, "gradient"), strict=True))

    def _add_state(self, symbol: Symbol) -> None:
        for now, role in ((symbol, "value"), (symbol.gradient, "gradient")):
            before = now.at(-1)
            self.bases[now.name] = Base((symbol.name,), role, rows_before=1)
            self.views[before.name] = now.name
            self._slots |= {now: Slot(now.name), before: Slot(before.name)}
