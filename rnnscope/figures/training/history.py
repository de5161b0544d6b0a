"""What training came to at every epoch: the losses, the predictions with their targets, and those for unseen inputs."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from rnnscope.analysis.classes import are_classes, in_data, right_answers
from rnnscope.figures.scale import Scale, finite
from rnnscope.figures.training.data import TrainingData
from rnnscope.languages import noted, tr
from rnnscope.trace import Moment, Trace
from rnnscope.trace.clock import output_time
from rnnscope.trace.record import evenly_spaced

MOST_DOTS, MOST_WAYS, MOST_AT_ONE, MOST_STEPS = 2000, 40, 8, 200
"""At most so many predictions are shown, of so many their way over the epochs, so many for a target; steps of a way."""

TAIL = 0.75, 0.15
"""A way through all epochs is as long as this part of the gap between two targets, and of their range at most."""

AXES = {
    "time step": noted("time step"),
    "sample": noted("sample"),
    "class": noted("class"),
    "target": noted("target"),
    "prediction": noted("prediction"),
}
"""What axes are called."""

FURTHEST = 2
"""Predictions are shown so far beyond the targets, in sizes of the largest of these or of their range."""


class TrainingHistory:
    """The losses and predictions of a trace, and perhaps the predictions of another one for unseen inputs.

    Attributes
    ----------
    trace, unseen
        The traces.
    curves
        Epochs and losses, (2, epoch), by name: `loss` and perhaps `val_loss`; nothing without targets.
    values
        Predictions, (epoch, sample, output), those of all time steps one after the other; in the units of the data, as
        all predictions and targets here.
    targets
        The targets, (sample, output), or None.
    each
        How many outputs there are at a time step, if there are outputs at every time step; else 0.
    are_classes
        Whether predictions are probabilities of classes.
    shown, followed
        The places in (sample, output) of the predictions that are shown, and of those whose way is; of classes, those
        of the right one.
    """

    def __init__(self, trace: Trace, unseen: Trace | None) -> None:
        self.trace, self.unseen = trace, unseen
        self.values = by_sample(in_data(trace, trace.predictions))
        samples, outputs = self.values.shape[1:]
        self.targets = None if trace.y is None else in_data(trace, trace.y).reshape(samples, outputs)
        if unseen is not None:
            self._unseen_values = in_data(trace, unseen.predictions)
            self._unseen_y = None if unseen.y is None else in_data(trace, unseen.y)
        self.each = trace.predictions.shape[-1] if trace.predictions.ndim == 4 else 0
        self.are_classes = are_classes(trace)
        self.curves = self._curves()
        is_by_class = self.across == "class"
        chosen = evenly_spaced(samples, max(1, MOST_DOTS // (1 if is_by_class else outputs)))[:, None]
        which = self.targets.argmax(axis=1)[chosen] if is_by_class else evenly_spaced(outputs, MOST_DOTS)
        self.shown = (chosen * outputs + which).ravel()
        in_order = self.shown[np.argsort(self.places.ravel()[self.shown], kind="stable")]
        most = min(MOST_WAYS, MOST_AT_ONE * len(np.unique(self.places.ravel()[self.shown])))
        self.followed = in_order[evenly_spaced(len(in_order), 0 if self.over_time else most)]

    @property
    def has_held(self) -> bool:
        """Whether predictions stand over time, and some time steps do not count."""
        return self.over_time and self.trace.mask is not None and not self.trace.mask.all()

    @property
    def over_time(self) -> bool:
        """Whether there are targets at every time step: then the course of one sample is shown beside its target's."""
        return bool(self.each) and self.targets is not None

    @property
    def across(self) -> str:
        """What predictions are shown against."""
        if self.each or self.targets is None:
            return "time step" if self.each else "sample"
        return "class" if self.are_classes and self.values.shape[2] > 1 else "target"

    @cached_property
    def places(self) -> np.ndarray:
        """The place across of every prediction, (sample, output)."""
        samples, outputs = self.values.shape[1:]
        is_by_class = self.across == "class"
        numbers = np.arange(outputs) // (self.each or 1) if self.each or is_by_class else np.arange(samples)[:, None]
        is_by_target = self.across == "target"
        return np.broadcast_to(self.targets if is_by_target else numbers, (samples, outputs)).astype(float)

    @cached_property
    def tail(self) -> float:
        """How far to the left the way of a prediction through all epochs reaches."""
        if len(self.values) == 1 or self.over_time:
            return 0.0
        places = np.unique(self.places.ravel()[self.followed])
        scale = scale_over(places)
        return float(min(np.median([*np.diff(places)] or [np.inf]) * TAIL[0], (scale.high - scale.low) * TAIL[1]))

    @property
    def unseen_targets(self) -> np.ndarray | None:
        """The targets of the unseen inputs, (sample, output), if they have some."""
        return None if self.unseen is None or self._unseen_y is None else by_sample(self._unseen_y[None])[0]

    @property
    def unseen_follows(self) -> bool:
        """Whether the unseen inputs were traced at the same epochs; single passes must have the same weights too."""
        if self.unseen is None or not np.array_equal(self.unseen.epochs, self.trace.epochs):
            return False
        mine, other = self.trace.snapshots.flat, self.unseen.snapshots.flat
        return len(self.trace.epochs) > 1 or np.array_equal(mine, other)

    @property
    def unseen_words(self) -> str:
        """What the unseen inputs are called."""
        return tr("unseen inputs") if self.unseen_follows else tr("unseen inputs, after training")

    def named(self, what: str) -> str:
        """Return the name of an axis of predictions or targets, with the unit of the data, if there is one."""
        labels, name = self.trace.labels, tr(AXES[what])
        if what not in ("prediction", "target") or self.are_classes:
            return name
        return f"{name}, {labels.unit}" if labels.unit else f"{name}, {tr('scaled back')}" if labels.scale else name

    def meaning(self, name: str, *, is_short: bool = False) -> str:
        """Say what the numbers of a curve are, perhaps in short."""
        epochs, passes = self.trace.history.get("loss", []), self.trace.loss
        if name == "val_loss":
            words = tr("validation loss")
        elif len(epochs) > 1 or (epochs and (passes is None or epochs[0] != passes[0])):
            words = tr("loss of each epoch") if is_short else tr("loss of each epoch, mean over its samples")
        elif len(self.trace.epochs) > 1:
            words = tr("loss of each recorded pass")
        else:
            words = tr("loss of the recorded pass")
        return f"{words}, {tr('of scaled values')}" if self.trace.labels.scale and not is_short else words

    @cached_property
    def is_lost(self) -> bool:
        """Whether some prediction at some epoch is not finite."""
        return not all(np.isfinite(values).all() for values in self._predictions())

    def is_beyond(self, scale: Scale) -> bool:
        """Whether some finite prediction at some epoch is beyond a scale."""
        low, high = ends_of(*self._predictions())
        return low < scale.low or high > scale.high

    def scales(self) -> dict[str, Scale]:
        """Return the scales of losses (as powers of ten), epochs, predictions and what is across from them."""
        scales = {}
        if self.curves:
            epochs, losses = np.concatenate(list(self.curves.values()), axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                powers = scale_over(np.log10(losses), least=0.1)
            scales = {"loss": Scale(powers.low, powers.high, "power"), "epoch": scale_over(epochs, least=1)}
        goals = [each for each in (self.targets, self.unseen_targets) if each is not None]
        scales[self.across] = scale_over(self.places, *(goals if self.across == "target" else []))
        if self.targets is None:
            return {**scales, "prediction": scale_over(*goals, *self._predictions())}
        right, every = scale_over(*goals), scale_over(*goals, *self._predictions())
        room = FURTHEST * max(right.high - right.low, abs(right.low), abs(right.high))
        ends = max(every.low, right.low - room), min(every.high, right.high + room)
        return {**scales, "prediction": Scale(*ends, "size")}

    def at(self, moment: Moment) -> TrainingData:
        """Return what there is at a moment."""
        row, outputs = moment.place, self.values.shape[2]
        values, time = self.values[row], output_time(moment) if self.each else moment.time
        own = moment.sample * outputs + np.arange(outputs)
        point = own[time * self.each :][: self.each] if self.each else own
        losses = {name: values[epochs == moment.epoch].tolist() for name, (epochs, values) in self.curves.items()}
        known = np.isfinite(values)
        gaps = None if self.targets is None else np.abs(values[known].astype(float) - self.targets[known])
        goals = None if self.targets is None else self.targets.ravel()[point]
        unseen, right = self._unseen_at(row, time)
        return TrainingData(
            losses={name: found[0] for name, found in losses.items() if found},
            dots=self._dots(row, own if self.over_time else self.shown),
            own=self._dots(row, own[evenly_spaced(outputs, MOST_DOTS)]),
            point=self._dots(row, point),
            ways=self._ways(row, self.followed),
            own_ways=self._ways(row, point[evenly_spaced(len(point), 0 if self.over_time else MOST_WAYS)]),
            targets=goals,
            held=np.flatnonzero(~self.trace.mask[moment.sample]) if self.has_held else np.empty(0, int),
            distance=float(gaps.mean()) if gaps is not None and gaps.size else None,
            right=right_answers(self.trace, row),
            lost=int(known.size - known.sum()),
            unseen=unseen,
            unseen_targets=right,
            unseen_dots=self._unseen_dots(row),
            courses=self._course(values[moment.sample]),
            goals=self._course(None if self.targets is None else self.targets[moment.sample]),
            gaps=np.empty((2, 0, 2)) if goals is None else self._gaps(row, point, goals),
        )

    def _unseen_at(self, row: int, time: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return predictions for the unseen inputs and their targets, (sample, output), at a time step."""
        if self.unseen is None:
            return np.empty((0, 0)), None
        found, right = self._unseen_values[self._unseen_row(row)], self._unseen_y
        return (found[:, time], None if right is None else right[:, time]) if self.each else (found, right)

    def _unseen_row(self, row: int) -> int:
        return row if self.unseen_follows else -1

    def _unseen_dots(self, row: int) -> np.ndarray:
        """Return predictions for the unseen inputs at their targets."""
        if self.unseen_targets is None or self.across != "target":
            return np.empty((2, 0))
        return np.stack([self.unseen_targets.ravel(), self._unseen_values[self._unseen_row(row)].ravel()])

    def _course(self, values: np.ndarray | None) -> np.ndarray:
        """Return numbers of a sample over time, (2, output, time), if they are shown so."""
        if values is None or not self.over_time:
            return np.empty((2, 0, 0))
        found = finite(values.astype(float)).reshape(-1, self.each).T
        return np.stack([np.broadcast_to(np.arange(found.shape[1]), found.shape), found])

    def _gaps(self, row: int, point: np.ndarray, goals: np.ndarray) -> np.ndarray:
        places, values = self._dots(row, point)
        return np.stack([np.stack([places, places], axis=1), np.stack([finite(values), finite(goals)], axis=1)])

    def _predictions(self) -> list[np.ndarray]:
        return [self.values] if self.unseen is None else [self.values, self._unseen_values]

    def _curves(self) -> dict[str, np.ndarray]:
        found = {name: np.stack(self.trace.curve(name)) for name in ("loss", "val_loss")}
        if not found["loss"].size and self.trace.loss is not None:
            return {"loss": np.stack([self.trace.epochs, self.trace.loss])}
        return {name: curve for name, curve in found.items() if curve.size}

    def _dots(self, row: int, chosen: np.ndarray) -> np.ndarray:
        return np.stack([self.places.ravel()[chosen], self.values[row].ravel()[chosen]])

    def _ways(self, row: int, chosen: np.ndarray) -> np.ndarray:
        epochs = evenly_spaced(row + 1, MOST_STEPS)
        samples, outputs = np.divmod(chosen, self.values.shape[2])
        back = self.tail * (row - epochs) / max(len(self.values) - 1, 1)
        values = self.values[epochs[:, None], samples, outputs].T
        return np.stack([self.places.ravel()[chosen, None] - back, finite(values)])


def by_sample(values: np.ndarray) -> np.ndarray:
    """Return predictions as (epoch, sample, output)."""
    return values.reshape(*values.shape[:2], -1)


def ends_of(*arrays: np.ndarray) -> tuple[float, float]:
    """Return the least and the largest finite number; 0 and 1 if there is none."""
    ends = [(float(known.min()), float(known.max())) for a in arrays if (known := a[np.isfinite(a)]).size]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else (0.0, 1.0)


def scale_over(*arrays: np.ndarray, least: float = 0.0) -> Scale:
    """Return the scale from the least to the largest finite number, at least so long."""
    low, high = ends_of(*arrays)
    least = least or (0.1 * abs(low) or 1.0 if low == high else 0.0)
    missing = max(least - (high - low), 0.0)
    return Scale(low - missing / 2, high + missing / 2, "size")
