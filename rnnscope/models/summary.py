"""The table of a model's layers, as Keras prints it, with the formula behind each count."""

from __future__ import annotations

import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rnnscope.cells import D, H
from rnnscope.formulas.parameters import formula_text
from rnnscope.languages import noted, tr
from rnnscope.models.layer import Layer
from rnnscope.words import padded, width_of

HEADER = (noted("Layer (type)"), noted("Output Shape"), noted("Param #"), noted("Formula"))


@dataclass(frozen=True, repr=False)
class Summary:
    """What `model.summary()` shows, as text and as a table in a notebook.

    Attributes
    ----------
    name
        Name of the model.
    rows
        Per layer: name and class, output shape, number of parameters, the formula behind it.
    totals
        Lines below the table, noted.
    """

    name: str
    rows: tuple[tuple[str, str, str, str], ...]
    totals: tuple[str, ...]

    def __str__(self) -> str:
        table = (tuple(map(tr, HEADER)), *self.rows)
        widths = [max(width_of(row[k]) for row in table) + 2 for k in range(4)]
        lines = ["".join(padded(c, width) for c, width in zip(row, widths, strict=True)).rstrip() for row in table]
        rule = "=" * max(map(width_of, lines))
        title = tr('Model: "{name}"', name=self.name)
        return "\n".join([title, rule, lines[0], rule, *lines[1:], rule, *map(tr, self.totals)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        header = "".join(f"<th>{html.escape(tr(name))}</th>" for name in HEADER)
        title = html.escape(tr("Model: {name}", name=self.name))
        body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in self.rows)
        table = f"<table><caption>{title}</caption><tr>{header}</tr>{body}</table>"
        return table + "".join(f"<p>{html.escape(tr(line))}</p>" for line in self.totals)


def summarize(name: str, layers: Sequence[Layer], trained: int, notes: Sequence[str] = ()) -> Summary:
    """Return the summary of a model of so many trained weights; `notes` are lines of its own below the table."""
    rows = tuple((f"{la.name} ({la.kind})", _shape(la), f"{la.count_params():,}", _formula(la)) for la in layers)
    total = sum(layer.count_params() for layer in layers)
    totals = (
        noted("Total params: {count}", count=f"{total:,}"),
        noted("Trainable params: {count}", count=f"{trained:,}"),
        noted("Non-trainable params: {count}", count=f"{total - trained:,}"),
    )
    return Summary(name, rows, (*totals, *_pytorch(layers), *notes))


def _pytorch(layers: Sequence[Layer]) -> list[str]:
    """Say what PyTorch counts where it has the layer and keeps other biases."""
    from rnnscope.interop.pytorch import LAYERS

    counts = {la.name: _count(la, "pytorch") if la.kind in LAYERS else la.count_params() for la in layers}
    other = [f"{layer.name} {counts[layer.name]:,}" for layer in layers if counts[layer.name] != layer.count_params()]
    if not other:
        return []
    total = f"{sum(counts.values()):,}"
    return [
        noted("PyTorch keeps two biases for each gate: {counts}, total {total}", counts=", ".join(other), total=total)
    ]


def _count(layer: Layer, bias: str) -> int:
    return int(layer.parameter_formula(bias).subs({D: layer.features, H: layer.formula_units}))


def _shape(layer: Layer) -> str:
    return "(" + ", ".join("None" if n is None else str(n) for n in (None, *layer.output_shape())) + ")"


def _formula(layer: Layer) -> str:
    formula = layer.parameter_formula()
    values = f"D={layer.features}, " if D in formula.free_symbols else ""
    return f"{formula_text(formula)}  {tr('with {values}', values=f'{values}H={layer.formula_units}')}"


def show(summary: Summary) -> None:
    """Show a summary: as a table in a notebook, else as text."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and hasattr(ipython.get_ipython(), "kernel"):
        ipython.display.display(summary)
    else:
        print(summary)
