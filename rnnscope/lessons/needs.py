"""What a lesson may need of a trace, and what it is called where it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from rnnscope.analysis.ledger import state_with_ledger
from rnnscope.findings.wording import gates_of
from rnnscope.languages import noted, tr
from rnnscope.trace import LayerTrace, Trace
from rnnscope.trace.passes import has_masked


class Lacking(ValueError):
    """A stop cannot be shown on a trace; it holds the name of what the trace lacks."""

    def __init__(self, need: str) -> None:
        super().__init__(need)
        self.need = need


@dataclass(frozen=True)
class Need:
    """Something that a trace has or lacks.

    Attributes
    ----------
    words
        What it is called.
    holds
        Whether a trace has it, and the layer that the lesson is about.
    """

    words: str
    holds: Callable[[Trace, LayerTrace], bool]


def _has_gradients(trace: Trace, layer: LayerTrace) -> bool:
    return all(state in layer.grad for state in layer.cell.states)


def _has_all(trace: Trace, layer: LayerTrace) -> bool:
    return set(layer.cell.names) <= set(layer.quantities)


NEEDS = {
    "epochs": Need(noted("several recorded epochs"), lambda trace, layer: len(trace.epochs) > 1),
    "gates": Need(noted("a layer with gates"), lambda trace, layer: bool(gates_of(layer))),
    "gradients": Need(noted("recorded gradients of the states"), _has_gradients),
    "loss": Need(noted("a loss"), lambda trace, layer: trace.loss is not None),
    "mask": Need(noted("masked time steps"), lambda trace, layer: has_masked(layer)),
    "memory": Need(noted("a state that is kept without weights"), lambda trace, layer: state_with_ledger(layer.cell)),
    "quantities": Need(noted("all quantities of the cell"), _has_all),
    "several_layers": Need(noted("several recurrent layers"), lambda trace, layer: len(trace.recurrent_layers) > 1),
    "steps": Need(noted("several time steps"), lambda trace, layer: (layer.steps or 0) > 1),
    "targets": Need(noted("targets"), lambda trace, layer: trace.y is not None),
    "weights": Need(noted("weights that were kept"), lambda trace, layer: bool(np.size(trace.snapshots.epochs))),
}
"""By the name under which a lesson asks for it."""

OTHERS = {
    "finite": noted("finite numbers"),
    "moment": noted("the moment that is shown"),
    "option": noted("an option of the cell"),
    "differences": noted("numbers that differ"),
    "change": noted("a net whose gates can be held so"),
}
"""What else can be lacking, which shows only when it is computed."""


def lacking(needs: Iterable[str], trace: Trace, layer: LayerTrace) -> str | None:
    """Return the first need that a trace does not meet; None if it meets all."""
    return next((need for need in needs if not NEEDS[need].holds(trace, layer)), None)


def in_words(needs: Iterable[str]) -> str:
    """Return what needs are called, one after the other."""
    found = (tr(NEEDS[need].words if need in NEEDS else OTHERS.get(need, need)) for need in needs)
    return ", ".join(dict.fromkeys(found))
