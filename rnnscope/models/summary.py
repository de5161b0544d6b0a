"""The table of a model's layers, as Keras prints it, with the formula behind each count."""

from __future__ import annotations

import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rnnscope.cells import D
from rnnscope.models.layer import Layer


@dataclass(frozen=True)
class Summary:
    """What `model.summary()` shows, as text and as a table in a notebook.

    Attributes
    ----------
    name
        Name of the model.
    rows
        Per layer: name and class, output shape, number of parameters, the formula behind it.
    total
        Number of parameters of all layers.
    """

    name: str
    rows: tuple[tuple[str, str, str, str], ...]
    total: int

    def __str__(self) -> str:
        header = ("Layer (type)", "Output Shape", "Param #", "Formula")
        widths = [max(len(row[k]) for row in (header, *self.rows)) + 2 for k in range(4)]
        lines = [
            "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (header, *self.rows)
        ]
        rule = "=" * max(map(len, lines))
        return "\n".join(
            [f'Model: "{self.name}"', rule, lines[0], rule, *lines[1:], rule, f"Total params: {self.total:,}"]
        )

    def _repr_html_(self) -> str:
        header = "".join(f"<th>{name}</th>" for name in ("Layer (type)", "Output Shape", "Param #", "Formula"))
        body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in self.rows)
        name = html.escape(self.name)
        return (
            f"<table><caption>Model: {name}</caption><tr>{header}</tr>{body}</table><p>Total params: {self.total:,}</p>"
        )


def summarize(name: str, layers: Sequence[Layer]) -> Summary:
    """Return the summary of a model."""
    rows = tuple((f"{la.name} ({la.kind})", _shape(la), f"{la.count_params():,}", _formula(la)) for la in layers)
    return Summary(name, rows, sum(layer.count_params() for layer in layers))


def _shape(layer: Layer) -> str:
    return "(" + ", ".join("None" if n is None else str(n) for n in (None, *layer.output_shape())) + ")"


def _formula(layer: Layer) -> str:
    formula = layer.parameter_formula()
    values = f"D={layer.features}, " if D in formula.free_symbols else ""
    return f"{str(formula).replace('*', '·')}  with {values}H={layer.units}"


def show(summary: Summary) -> None:
    """Show a summary: as a table in a notebook, else as text."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and hasattr(ipython.get_ipython(), "kernel"):
        ipython.display.display(summary)
    else:
        print(summary)
