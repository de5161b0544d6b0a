"""What one run of a race came to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.languages import tr
from rnnscope.trace import Trace


@dataclass(frozen=True, eq=False)
class Run:
    """What one net, trained by itself, came to.

    Attributes
    ----------
    cell
        The cell of its recurrent layers.
    seed
        What start weights and the order of the samples were drawn from.
    epochs
        How many epochs it was trained for.
    is_solved
        Whether it has solved the task; training ended when it was seen.
    checked
        After how many epochs it was scored.
    scores
        The scores then, on inputs that training never sees.
    weights
        The weights in the end, as `model.get_weights()` returns them.
    trace
        What happened inside, at a few epochs, the last one among them, and for a few samples; None if nothing is known.
    seconds
        How long it took.
    failure
        Why it came to no proper end; None if it did.
    """

    cell: str
    seed: int
    epochs: int = 0
    is_solved: bool = False
    checked: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    weights: tuple[np.ndarray, ...] = ()
    trace: Trace | None = None
    seconds: float = 0.0
    failure: str | None = None

    @property
    def score(self) -> float:
        """The last score, NaN if there is none."""
        return self.scores[-1] if self.scores else float("nan")

    def __repr__(self) -> str:
        if self.failure:
            return tr("{cell}, seed {seed}: {failure}", cell=self.cell, seed=self.seed, failure=self.failure)
        end = {"cell": self.cell, "seed": self.seed, "epochs": self.epochs, "score": f"{self.score:.3g}"}
        if self.is_solved:
            return tr("{cell}, seed {seed}: solved after {epochs} epochs, score {score}", **end)
        return tr("{cell}, seed {seed}: not solved after {epochs} epochs, score {score}", **end)
