"""What a task is: input windows with targets, and inputs that training never sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.trace import Labels


@dataclass(frozen=True, eq=False)
class Task:
    """A sequence task.

    Attributes
    ----------
    name
        What it is called.
    x
        Inputs, shaped (sample, time, feature).
    y
        Targets, shaped (sample, output).
    unseen
        Inputs that training never sees, shaped (sample, time, feature).
    meaning
        What the network is to do, in a sentence.
    unseen_y
        What would be right for the unseen inputs, shaped (sample, output); None if that is not known.
    labels, unseen_labels
        Names of the time steps, classes and samples of `x` and of `unseen`; None if they have none.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    unseen: np.ndarray
    meaning: str
    unseen_y: np.ndarray | None = None
    labels: Labels | None = None
    unseen_labels: Labels | None = None

    def describe(self) -> str:
        """Return the task in words, with its first window."""
        samples, steps, features = self.x.shape
        window, target = (", ".join(f"{v:g}" for v in a.ravel()) for a in (self.x[0], self.y[0]))
        return (
            f"{self.name}: {self.meaning} {samples} windows of {steps} time steps, {features} feature"
            f"{'s' * (features > 1)} each; the first is {window} -> {target}."
        )
