"""`rs.ablate`: how much worse a net gets when each of its gates is held."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnnscope.engine.losses import Loss
from rnnscope.interventions.changes import MEAN, Hold
from rnnscope.interventions.run import Run
from rnnscope.interventions.what_if import run_of
from rnnscope.languages import tr
from rnnscope.models.compiled import Compiled
from rnnscope.models.recurrent import Recurrent
from rnnscope.numbers import written
from rnnscope.trace.trace import Trace
from rnnscope.words import in_columns

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

VALUES: tuple[float | str, ...] = (0.0, 1.0, MEAN)
"""What each gate is held at, one after the other."""


@dataclass(frozen=True)
class Row:
    """The loss with one gate held.

    Attributes
    ----------
    layer, gate
        The layer and its gate, such as `lstm` and `f`.
    value
        What the gate was held at: 0, 1 or `"mean"`.
    loss
        The loss with it.
    """

    layer: str
    gate: str
    value: float | str
    loss: float


@dataclass(frozen=True)
class Ablation:
    """The loss of a net as it is, and with each gate held.

    Attributes
    ----------
    loss
        The loss with nothing held.
    rows
        The losses with a gate held: by layer, gate and value.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.GRU(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> found = rs.ablate(model, task.x, task.y)
    >>> [(row.gate, row.value) for row in found.rows]
    [('z', 0.0), ('z', 1.0), ('z', 'mean'), ('r', 0.0), ('r', 1.0), ('r', 'mean')]
    """

    loss: float
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        lines = [(tr("layer"), tr("gate"), tr("held at"), tr("loss"), tr("times the loss as it is"))]
        lines.append(("", "", tr("nothing"), written(self.loss, 4), "1"))
        for row in self.rows:
            value = tr("mean") if isinstance(row.value, str) else f"{row.value:g}"
            lines.append((row.layer, row.gate, value, written(row.loss, 4), written(self.ratio(row), 3)))
        return in_columns(lines)

    __repr__ = __str__

    def ratio(self, row: Row) -> float:
        """Return how many times the loss as it is that of a row is; infinity if the net makes no error."""
        return row.loss / self.loss if self.loss else math.inf

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a pandas table, with the column `ratio`; needs the extra `pandas`."""
        from rnnscope.interop.extras import library

        columns = {name: [getattr(row, name) for row in self.rows] for name in ("layer", "gate", "value", "loss")}
        frame = library("pandas", "pandas", "to_pandas").DataFrame
        return frame({**columns, "ratio": [self.ratio(row) for row in self.rows]})

    def figure(self, figsize: tuple[float, float] | None = None) -> Figure:
        """Return a figure: a row per gate, its loss held at 0, 1 and its mean, beside the loss as it is.

        Parameters
        ----------
        figsize
            Width and height in inches.
        """
        from rnnscope.figures.ablation import draw

        return draw(self, figsize)


def ablate(subject: Trace | Compiled, x: Any = None, y: Any = None, *, loss: str | Loss | None = None) -> Ablation:
    """Return the loss of a net with each gate of each layer held at 0, at 1, and at its mean.

    What it costs to hold a gate says how much the net uses it; a gate that costs nothing at its mean might as well be a
    number.

    Parameters
    ----------
    subject
        A compiled model, or a trace of its training, of which the last weights are taken.
    x, y
        Inputs and targets; a trace has its own.
    loss
        The loss, if a trace does not know it.

    Raises
    ------
    ValueError
        If there are no targets, or no layer has gates.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> len(rs.ablate(model, task.x, task.y).rows)
    9
    """
    run, _ = run_of(subject, -1, x, y, loss, None)
    if run.y is None:
        raise ValueError("y: expected targets, without which there is no loss; got None")
    gates = [
        (node.name, quantity.name)
        for node in run.network.nodes
        if isinstance(node.layer, Recurrent)
        for quantity in node.layer.cell
        if quantity.role == "gate"
    ]
    if not gates:
        kinds = ", ".join(node.layer.kind for node in run.network.nodes)
        raise ValueError(f"subject: expected a net with gates; got one of {kinds}")
    rows = [Row(layer, gate, value, _loss(run, Hold(layer, gate, value))) for layer, gate in gates for value in VALUES]
    return Ablation(run.total(), tuple(rows))


def _loss(run: Run, hold: Hold) -> float:
    """Return the loss with a hold, which is taken back."""
    before = copy.deepcopy(run.holds)
    hold.apply(run)
    loss, run.holds = run.total(), before
    return loss
