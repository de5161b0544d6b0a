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

Work arrays (local derivatives `K`, inner functions, products `V` that maps read) are needed by a pass and not kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from rnnscope.cells import Cell
from rnnscope.cells.graph import MAP_BASES, Graph
from rnnscope.cells.vocabulary import PREVIOUS
from rnnscope.cells.weights import LETTERS
from rnnscope.engine.statements import Slot


@dataclass(frozen=True)
class Base:
    """One array of a layer.

    Attributes
    ----------
    columns
        What lies in it side by side, each as wide as the layer has units.
    role
        `"value"` or `"gradient"` (the two halves of the tape), `"work"` (needed by a pass, not kept), `"rows"` (a copy
        in rows, not kept), `"weight"` or `"input"`.
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
    slots
        Where each symbol lies, by its name.
    """

    def __init__(self, cell: Cell, graph: Graph) -> None:
        self.bases: dict[str, Base] = {}
        self.slots: dict[str, Slot] = {}
        for kind, letter in LETTERS.items():
            columns = [weight.column for weight in cell.weights if weight.kind == kind]
            self._add(letter, columns, "weight", [f"{letter}_{column}" for column in columns])
            self._add(f"g{letter}", columns, "weight", [f"g{letter}_{column}" for column in columns])
        for kind, base in MAP_BASES.items():
            columns = [entry.weight.column for entry in graph.maps if entry.weight.kind == kind]
            self._add(base, columns, "value", [f"{base}_{column}" for column in columns])
        self.bases["x"] = Base(("x",), "input")
        self.bases["d_x"] = Base(("x",), "gradient")
        self.slots |= {"x": Slot("x"), "d_x": Slot("d_x")}
        pre = [str(n.symbol).removeprefix("Pre_") for n in graph.nodes if n.role == "pre"]
        side_by_side = [name for name in pre if name not in cell.states]
        self._add_pair("Pre", pre, [f"Pre_{name}" for name in pre])
        self._add("K", pre, "work", [f"K_{name}" for name in pre])
        self._add_pair("Act", side_by_side, side_by_side)
        for name in cell.names:
            if name in cell.states:
                self._add_state(name)
            elif name not in side_by_side:
                self._add_pair(name, [name], [name])
        for node in graph.nodes:
            if node.role in ("inner", "vector"):
                self._add(str(node.symbol), [str(node.symbol)], "work")
            if node.role == "vector":
                self._add(f"d_{node.symbol}", [str(node.symbol)], "work")

    def __getitem__(self, symbol: sympy.Symbol | str) -> Slot:
        return self.slots[str(symbol)]

    def work(self, name: str) -> Slot:
        """Return the slot of a work array of one column, added if it is new."""
        if name not in self.bases:
            self._add(name, [name], "work")
        return self.slots[name]

    def holds(self, name: str) -> str:
        """Return the array in which a view of that name lies: `h_prev` lies in `h`."""
        return name if name in self.bases else name.removesuffix(PREVIOUS)

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
        return [name for name, b in self.bases.items() if b.role == "value" or (gradients and b.role == "gradient")]

    def _add(self, base: str, columns: list[str], role: str, symbols: list[str] | None = None) -> None:
        if columns:
            self.bases[base] = Base(tuple(columns), role)
            for k, symbol in enumerate(symbols or [base]):
                self.slots[symbol] = Slot(base, k, k + 1)

    def _add_pair(self, base: str, columns: list[str], symbols: list[str]) -> None:
        """Add a kept array and the array of its gradient."""
        self._add(base, columns, "value", symbols)
        gradient = f"d{base}" if base in ("Act", "Pre") else f"d_{base}"
        self._add(gradient, columns, "gradient", [f"d_{symbol}" for symbol in symbols])

    def _add_state(self, name: str) -> None:
        for base, role in ((name, "value"), (f"d_{name}", "gradient")):
            self.bases[base] = Base((name,), role, rows_before=1)
            self.slots[base] = Slot(base)
            self.slots[base + PREVIOUS] = Slot(base + PREVIOUS)
