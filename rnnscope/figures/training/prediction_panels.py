"""Predictions as dots against their targets, each on its way over the epochs, and a list of those for unseen inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from rnnscope.figures.drawing.hatches import HeldSteps
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import Entry, even_ticks, line_above
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.steps import TickNames, name_ticks
from rnnscope.figures.scale import SIGNED_MAP, Scale
from rnnscope.figures.style import NOT_FINITE, blend, em, faint, ink, legible, paper
from rnnscope.figures.training.data import TrainingData
from rnnscope.figures.training.history import TrainingHistory
from rnnscope.languages import tr

SCALE_ROOM = 0.07
"""Beyond the ends of a scale there is so much room, as a part of it."""

DOT_SIZES = ((60, 0.6), (600, 0.4), (np.inf, 0.26))
"""Up to so many dots are so large, in font sizes."""

LOST = {"marker": "x", "color": NOT_FINITE, "markeredgewidth": 2}
"""The mark of what is NaN or infinite."""

MARK_AT, TEXT_AT, LIST_LINE = 0.5, 2.2, 1.35
"""In the list, marks and texts are so many font sizes from the left; its lines are so far apart."""


def seen() -> str:
    """Return the colour of what the network is trained on."""
    return legible(to_hex(SIGNED_MAP(1 / 6)))


def held_out() -> str:
    """Return the colour of what it is not trained on."""
    return legible(to_hex(SIGNED_MAP(1.0)))


def others() -> str:
    """Return the colour of the predictions of other samples than the moment's."""
    return legible(blend(seen(), paper(), 0.35))


def limit(axes: Axes, axis: str, scale: Scale) -> None:
    """Set the limits of the `"x"` or the `"y"` axis of a panel, with room beyond the ends of the scale."""
    room = SCALE_ROOM * (scale.high - scale.low)
    axes.set(**{f"{axis}lim": (scale.low - room, scale.high + room)})


def prediction_entries(history: TrainingHistory, scale: Scale) -> list[Entry]:
    """Return the legend of the predictions, on their scale."""
    found = []
    if history.over_time:
        found.append(Entry(tr("prediction"), {"color": seen(), "linewidth": 2, "linestyle": "-"}))
        found.append(Entry(tr("target"), _goal()))
    elif history.across == "class":
        found.append(Entry(tr("the sample: each class"), {"marker": "o", "markeredgecolor": ink(), **_dot(0.85)}))
        found.append(Entry(tr("others: their right class"), {"marker": "o", **_dot(0.6), "color": others()}))
    elif history.targets is not None:
        found.append(Entry(tr("prediction = target"), _diagonal()))
    if history.targets is not None:
        found.append(Entry(tr("error"), _gap()))
    if len(history.followed) and len(history.values) > 1:
        found.append(Entry(_earlier(len(history.followed), history.places.size), _way(), tr("earlier epochs")))
    if history.unseen is not None:
        found.append(Entry(history.unseen_words, _hollow(), tr("unseen inputs")))
    if history.is_lost:
        found.append(Entry(tr("not finite"), LOST))
    if history.is_beyond(scale):
        found.append(Entry(tr("beyond the scale"), {"marker": "^", **_beyond()}))
    return found


def _earlier(followed: int, count: int) -> str:
    """Return what the ways of predictions are, of which some or all are followed."""
    if followed < count:
        return tr("earlier epochs, oldest at left ({followed} of {count})", followed=followed, count=f"{count:,}")
    return tr("earlier epochs, oldest at left")


class PredictionPanel:
    """All predictions of an epoch; those of the cursor's sample stand out.

    Attributes
    ----------
    dots, own, point
        All predictions; those of the cursor's sample; those at its time step too.
    ways, own_ways
        What `dots`, or some of them, and `point` were in earlier epochs, each a line that ends at its dot.
    goals, courses
        Targets and predictions of the sample over time, if there are targets at every time step.
    gaps
        The errors of `point`: lines to the targets.
    unseen
        Predictions for unseen inputs with targets.
    above, below, lost
        Marks of what lies beyond the scale, and of what is not finite.
    text
        Numbers, above the panel.
    """

    def __init__(self, axes: Axes, scales: Mapping[str, Scale], history: TrainingHistory, names: TickNames) -> None:
        self.axes = axes
        self._limits(scales[history.across], scales["prediction"], history, names)
        count = history.values.shape[2] if history.over_time else len(history.shown)
        size, colour = next(size for most, size in DOT_SIZES if count <= most) * em(), seen()
        self.ways = self._line(zorder=3, **_way())
        self.dots = self._marks("o", 3.1, markersize=size, color=others())
        self.own_ways = self._line(zorder=3.2, color=colour, linewidth=2)
        self.goals = self._line(zorder=3.15, **_goal())
        self.courses = self._line(zorder=3.2, color=colour, linewidth=2)
        self.gaps = self._line(zorder=3.45, **_gap())
        self.unseen = self._marks(zorder=3.3, **_hollow())
        self.own = self._marks("o", 3.4, markersize=size, color=colour)
        self.point = self._marks("o", 3.5, markersize=max(size, 0.85 * em()), color=colour, markeredgecolor=ink())
        self.above, self.below = (self._marks(marker, 3.6, **_beyond()) for marker in "^v")
        self.lost = self._marks(zorder=3.7, transform=axes.get_xaxis_transform(), **LOST)
        self.text = line_above(axes)
        self.held = HeldSteps(axes, history.has_held, 0.5)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        dots = [*self.held.moving, self.ways, self.dots, self.goals, self.courses, self.own_ways]
        dots += [self.unseen, self.own, self.gaps, self.point]
        return [*dots, self.above, self.below, self.lost, self.text]

    def show(self, data: TrainingData) -> None:
        """Show the predictions of a moment."""
        self.held.show(data.held)
        lines = {self.ways: data.ways, self.own_ways: data.own_ways, self.goals: data.goals}
        for line, points in {**lines, self.courses: data.courses, self.gaps: data.gaps}.items():
            line.set_data(*_joined(points))
        dots = {self.dots: data.dots, self.own: data.own, self.point: data.point, self.unseen: data.unseen_dots}
        for artist, (places, values) in dots.items():
            artist.set_data(places, values)
        places, values = np.concatenate(list(dots.values()), axis=1)
        low, high = self.axes.get_ylim()
        room, known = SCALE_ROOM / 2 * (high - low), np.isfinite(values)
        for mark, there, height in (
            (self.above, known & (values > high), high - room),
            (self.below, known & (values < low), low + room),
            (self.lost, ~known, 1 - SCALE_ROOM / 2),
        ):
            found = np.unique(places[there])
            mark.set_data(found, np.full(len(found), height))

    def _limits(self, across: Scale, up: Scale, history: TrainingHistory, names: TickNames) -> None:
        axes = self.axes
        limit(axes, "x", across)
        limit(axes, "y", up)
        axes.set_xlim(left=min(axes.get_xlim()[0], across.low - 1.1 * history.tail))
        if names.texts:
            name_ticks(axes, names, len(names.texts))
        else:
            even_ticks(axes, "x", whole=history.across != "target")
        even_ticks(axes, "y")
        if history.across == "target":
            axes.axline((across.low, across.low), slope=1, zorder=1.3, **_diagonal())

    def _line(self, **style: Any) -> Any:
        return self.axes.plot([], [], **style)[0]

    def _marks(self, marker: str = "", zorder: float = 3, **style: Any) -> Any:
        return self._line(**{"marker": marker, "zorder": zorder, "linestyle": "none", **style})


class UnseenPanel:
    """What the network says to unseen inputs, on the scale of the panel at its left: marks and a line of text each.

    Attributes
    ----------
    dots, lost
        The predictions, and marks of those that are not finite.
    leaders, texts
        Lines from the marks to the texts.
    """

    def __init__(self, axes: Axes, scale: Scale, count: int) -> None:
        self.axes, (wide, self.high) = axes, size_in_ems(axes, em())
        limit(axes, "y", scale)
        axes.set_xlim(0, wide)
        axes.axis("off")
        self.leaders = axes.plot([], [], color=faint(0.5), linewidth=0.8, zorder=3, clip_on=False)[0]
        marks = {"linestyle": "none", "clip_on": False}
        self.dots, self.lost = (axes.plot([], [], zorder=3.1, **marks, **style)[0] for style in (_hollow(), LOST))
        self.texts = [write(axes, TEXT_AT, 0) for _ in range(count)]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the epoch."""
        return [self.leaders, self.dots, self.lost, *self.texts]

    def show(self, predictions: np.ndarray, labels: Sequence[str]) -> None:
        """Show predictions, (sample, output), with a label for each sample."""
        low, high = self.axes.get_ylim()
        known = np.isfinite(predictions)
        marks = np.clip(np.where(known, predictions, high), low, high)
        for artist, there in ((self.dots, known), (self.lost, ~known)):
            artist.set_data(np.full(np.count_nonzero(there), MARK_AT), marks[there])
        per_em = (high - low) / self.high
        wanted = (marks.mean(axis=1) - low) / per_em - LIST_LINE / 2
        places = low + per_em * (spread(wanted, LIST_LINE, self.high - LIST_LINE) + LIST_LINE / 2)
        ends = np.stack(np.broadcast_arrays(marks, places[:, None]), axis=-1).reshape(-1, 2)
        self.leaders.set_data(*_joined(np.stack([np.broadcast_to([MARK_AT + 0.5, TEXT_AT - 0.3], ends.shape), ends])))
        for text, label, place in zip(self.texts, labels, places, strict=True):
            text.set(text=label, y=place)


def spread(wanted: np.ndarray, gap: float, high: float) -> np.ndarray:
    """Return places from 0 to `high`, as near to the wanted ones as it takes to be some gap apart.

    Examples
    --------
    >>> import numpy as np
    >>> spread(np.array([5.0, 0.0, 5.0]), 2, 6).tolist()
    [4.0, 0.0, 6.0]
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(order))
    pushed = np.maximum.accumulate(np.clip(wanted[order], 0, high) - steps) + steps
    places = np.empty(len(order))
    places[order] = np.minimum(pushed, high - steps[::-1])
    return places


def _joined(lines: np.ndarray) -> np.ndarray:
    """Return several lines, (2, line, point), as a single one with gaps, (2, point)."""
    return np.pad(lines, ((0, 0), (0, 0), (0, 1)), constant_values=np.nan).reshape(2, -1)


def _dot(size: float) -> dict[str, Any]:
    return {"color": seen(), "markersize": size * em()}


def _diagonal() -> dict[str, Any]:
    return {"color": faint(0.25), "linewidth": 1, "linestyle": (0, (5, 2))}


def _goal() -> dict[str, Any]:
    return {"color": faint(0.25), "linewidth": 1.6, "linestyle": (0, (4, 1.5))}


def _gap() -> dict[str, Any]:
    return {"color": held_out(), "linewidth": 2.2, "linestyle": "-"}


def _way() -> dict[str, Any]:
    return {"color": faint(0.55), "linewidth": 1, "linestyle": "-"}


def _hollow() -> dict[str, Any]:
    size = {"markersize": 0.55 * em(), "markeredgewidth": 1.5}
    return {"marker": "D", "color": held_out(), "markerfacecolor": paper(), **size}


def _beyond() -> dict[str, Any]:
    return {"color": ink(), "markersize": 0.6 * em()}
