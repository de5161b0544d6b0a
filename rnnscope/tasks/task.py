"""What a task is: inputs with targets, inputs that training never sees, and what counts as solved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from rnnscope.checks import describe, number, one_of, positive_int
from rnnscope.languages import tr, trn
from rnnscope.numbers import written
from rnnscope.tasks.measures import MEASURES, Measure
from rnnscope.tasks.settings import Settings
from rnnscope.trace import Labels

MOST = 8
"""So many numbers of a sample are written out."""


@dataclass(frozen=True, eq=False)
class Task:
    """A sequence task; make one of your own from arrays, and all that takes tasks takes it.

    Attributes
    ----------
    name
        What it is called.
    x
        Inputs, shaped (sample, time, feature); with `tokens`, numbers of tokens, shaped (sample, time).
    y
        Targets, shaped (sample, output), or (sample, time, output) with one for each time step.
    unseen
        Inputs that training never sees, shaped like `x`.
    meaning
        What the network is to do, in a sentence.
    unseen_y
        What would be right for the unseen inputs, shaped like `y`; None if that is not known.
    labels, unseen_labels
        Names of the time steps, classes and samples of `x` and of `unseen`; None if they have none.
    loss
        Name of the loss that suits it.
    activation
        Activation of the last layer that suits it.
    classes
        How many classes the targets are numbers of; None if the targets are what the last layer puts out.
    tokens
        How many different tokens `x` holds the numbers of; None if it holds features.
    measure
        What predictions are scored by: `"error"`, the root of the mean square, or `"accuracy"`.
    solved
        The score that counts as solved; None: nine tenths of the way from the trivial score to a perfect one.
    trivial, trivial_answer
        What is said to the unseen inputs by one who does not think, shaped like a prediction, and in words; None: the
        mean of the targets of training, or the most frequent class.
    example
        The first sample and its target in words; empty for their numbers.
    settings
        How a net for it is trained, unless somebody says otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> import rnnscope as rs
    >>> x = np.random.default_rng(0).normal(size=(40, 5, 1))
    >>> task = rs.tasks.Task("largest", x[:30], x[:30].max(axis=1), x[30:], "say the largest.", x[30:].max(axis=1))
    >>> task.score(task.unseen_y), task.is_solved(0.01), round(task.trivial_score, 2)
    (0.0, True, 0.56)
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    unseen: np.ndarray
    meaning: str
    unseen_y: np.ndarray | None = None
    labels: Labels | None = None
    unseen_labels: Labels | None = None
    loss: str = field(default="mse", kw_only=True)
    activation: str = field(default="linear", kw_only=True)
    classes: int | None = field(default=None, kw_only=True)
    tokens: int | None = field(default=None, kw_only=True)
    measure: str = field(default="error", kw_only=True)
    solved: float | None = field(default=None, kw_only=True)
    trivial: np.ndarray | None = field(default=None, kw_only=True)
    trivial_answer: str = field(default="", kw_only=True)
    example: str = field(default="", kw_only=True)
    settings: Settings = field(default=Settings(), kw_only=True)

    def __post_init__(self) -> None:
        one_of("measure", self.measure, MEASURES)
        axes = "(sample, time)" if self.tokens else "(sample, time, feature)"
        for argument in ("x", "unseen"):
            array = np.asarray(getattr(self, argument))
            object.__setattr__(self, argument, array)
            if array.ndim != (2 if self.tokens else 3):
                raise ValueError(f"{argument}: expected an array {axes}; got shape {array.shape}")
        for argument, inputs in (("y", self.x), ("unseen_y", self.unseen)):
            if getattr(self, argument) is not None:
                object.__setattr__(self, argument, _targets(argument, getattr(self, argument), inputs))
        for argument in ("classes", "tokens"):
            if getattr(self, argument) is not None:
                positive_int(argument, getattr(self, argument), 2)
        if self.solved is not None:
            number("solved", self.solved, -float("inf"))

    @classmethod
    def split(
        cls, name: str, x: Any, y: Any, meaning: str, first: int, labels: Labels | None = None, **facts: Any
    ) -> Self:
        """Return a task of which the first samples are trained on, and the others stay unseen.

        Parameters
        ----------
        name, meaning
            What it is called, and what is to be done.
        x, y, labels
            Inputs, targets and names of all samples.
        first
            How many of them are trained on.
        **facts
            The other attributes.

        Examples
        --------
        >>> import numpy as np
        >>> import rnnscope as rs
        >>> x = np.random.default_rng(0).normal(size=(40, 5, 1))
        >>> task = rs.tasks.Task.split("largest", x, x.max(axis=1), "say the largest.", 30)
        >>> len(task.x), len(task.unseen)
        (30, 10)
        """
        parts = range(first), range(first, len(x))
        named = [None if labels is None else labels.some(part) for part in parts]
        return cls(name, x[:first], y[:first], x[first:], meaning, y[first:], *named, **facts)

    @property
    def outputs(self) -> int:
        """How many units the last layer has."""
        return self.classes or self.y.shape[-1]

    @property
    def is_per_step(self) -> bool:
        """Whether there is a target for every time step."""
        return self.y.ndim == 3

    @property
    def trivial_score(self) -> float:
        """The score of the trivial answer: what a net has to do better."""
        return self.score(self._trivial_prediction())

    @property
    def solved_score(self) -> float:
        """The score that counts as solved."""
        return self._measure.solved(self.trivial_score) if self.solved is None else self.solved

    @property
    def goal(self) -> str:
        """What counts as solved, in words."""
        return tr(self._measure.goal, score=written(self.solved_score, 2))

    def score(self, prediction: Any) -> float:
        """Return the score of predictions for the unseen inputs, NaN if one of them is no finite number.

        Parameters
        ----------
        prediction
            What a model says to `unseen`, (sample, output) or (sample, time, output).
        """
        if self.unseen_y is None:
            raise ValueError(f"score: expected a task with unseen_y; {self.name!r} does not know what would be right")
        values = np.asarray(prediction)
        wanted = (*self.unseen_y.shape[:-1], self.outputs)
        if values.shape != wanted or values.dtype.kind not in "biuf":
            raise ValueError(f"prediction: expected numbers of shape {wanted}; got {values.dtype} of {values.shape}")
        return self._measure.of(values, self.unseen_y)

    def is_solved(self, score: float) -> bool:
        """Say whether a score counts as solved; NaN does not."""
        return bool(self._measure.reaches(score, self.solved_score))

    def is_better(self, score: float, than: float) -> bool:
        """Say whether a score is better than another one."""
        return self._measure.is_better(score, than)

    def describe(self) -> str:
        """Return the task in whole sentences: what is to be done, with which data, and what counts as solved."""
        return " ".join(filter(None, (f"{self.name}: {tr(self.meaning)}", self._sizes(), self._trivial_and_goal())))

    @property
    def _measure(self) -> Measure:
        return MEASURES[self.measure]

    def _trivial_prediction(self) -> np.ndarray:
        """Return what is said without thinking; by default the same to every sample."""
        if self.trivial is not None:
            return self.trivial
        targets = np.eye(self.classes)[self.y[..., 0].astype(int)] if self.classes else self.y
        return np.broadcast_to(targets.mean(axis=0), (len(self.unseen), *targets.shape[1:]))

    def _sizes(self) -> str:
        """Say how much data there is."""
        samples, steps = self.x.shape[:2]
        parts = {
            "windows": trn("{count} window", "{count} windows", samples),
            "steps": trn("{count} time step", "{count} time steps", steps),
            "what": tr("{count} different tokens", count=self.tokens)
            if self.tokens
            else features_in_words(self.x.shape[2]),
            "example": tr(self.example) or f"{_row(self.x[0])} -> {_row(self.y[0])}",
        }
        if self.is_per_step:
            return tr("{windows} of {steps}, {what}, with a target at every step; the first is {example}.", **parts)
        return tr("{windows} of {steps}, {what}; the first is {example}.", **parts)

    def _trivial_and_goal(self) -> str:
        """Say what is said without thinking, and what counts as solved."""
        if self.unseen_y is None:
            return ""
        return trn(
            "To say {answer} scores {score} on the unseen window; {goal}.",
            "To say {answer} scores {score} on {count} unseen windows; {goal}.",
            len(self.unseen),
            answer=tr(self.trivial_answer or self._measure.trivial),
            score=written(self.trivial_score, 2),
            goal=self.goal,
        )


def _targets(argument: str, given: Any, inputs: np.ndarray) -> np.ndarray:
    """Return targets, (sample,) becoming (sample, 1)."""
    targets = np.asarray(given)
    targets = targets[:, None] if targets.ndim == 1 else targets
    fits = targets.shape[:-1] in (inputs.shape[:1], inputs.shape[:2])
    if not fits:
        wanted = f"({inputs.shape[0]}, output) or ({inputs.shape[0]}, {inputs.shape[1]}, output)"
        raise ValueError(f"{argument}: expected targets of shape {wanted}; got {describe(targets.shape)}")
    return targets


def features_in_words(count: int) -> str:
    """Say how many numbers each time step has."""
    return trn("{count} feature each", "{count} features each", count)


def _row(values: np.ndarray) -> str:
    """Return the numbers of a sample, of many the first ones."""
    flat = values.ravel()
    return ", ".join(written(float(value), 3) for value in flat[:MOST]) + (", …" if flat.size > MOST else "")
