"""Several traces in the same axes: the curves that their views have, over each other, with one legend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rnnscope.figures.curves import Curve, CurvePanel
from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.lettering import TICK_ROOM, Entry, Legend, even_ticks, label_room, line_above, logarithmic
from rnnscope.figures.drawing.zeros import LogLines
from rnnscope.figures.follower import Follower
from rnnscope.figures.head import VERDICT_LINE, Head, head_height, ways_to_say, with_reasons
from rnnscope.figures.scale import Scale, finite
from rnnscope.figures.style import dress, em, faint, small, trace_look, whole_ticks
from rnnscope.figures.view import View
from rnnscope.languages import tr, trn
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.parts import layer_in_words

WIDEST, PANEL, OTHERS = 10.0, 2.7, 1.6
"""A figure is at most so many inches wide; a panel of height 1, and all that is around the panels, are so high."""

Curves = tuple[str, Curve]
"""A curve, with the name of its trace."""


class Overlay(Follower):
    """The curves of one view of several traces, drawn into one axes, its host.

    It shows what `View.curves` gives: panels with the same title are one. The views themselves are drawn aside, and
    nobody sees them.

    Parameters
    ----------
    views
        The views, by the names that their traces are shown under.
    host
        The axes that it fills.

    Attributes
    ----------
    views
        The views.
    lines, scale
        The lines of each panel, in the order of its curves, and its scale.
    """

    def __init__(self, views: Mapping[str, View], host: Axes) -> None:
        super().__init__(host)
        self.views, self.first = dict(views), next(iter(views.values()))
        self.moments: tuple[Moment, ...] = tuple(view.moment for view in views.values())
        self.build()

    @property
    def alt(self) -> str:
        """What is shown, in words."""
        return "\n".join(f"{name}: {view.alt}" for name, view in self.views.items())

    def titles(self) -> list[str]:
        """Return what is seen, the longest way first."""
        question, there = tr(self.first.question), self._layers()
        whole = f"{', '.join(self.views)}: {question[0].lower()}{question[1:]}"
        return [*(f"{words} ({there})" for words in (whole, question) if there), whole, question]

    def _layers(self) -> str:
        """Return which layers are shown; nothing if each net has only one, or no single layer is shown."""
        moments = [view.moment for view in self.views.values()]
        if not self.first.shows_layer or all(len(moment.trace.recurrent_layers) == 1 for moment in moments):
            return ""
        names = dict.fromkeys(layer_in_words(moment.trace, moment.layer) for moment in moments)
        return trn("layer {names}", "layers {names}", len(names), names=", ".join(names))

    @property
    def opener(self) -> Callable[..., Any]:
        """What chooses for its views where a cursor is open."""
        return self.first.opener

    def opened(self, cursor: Cursor | None, traces: Sequence[Trace]) -> tuple[Moment, ...]:
        """Return what a cursor means in traces."""
        return self.first.opened(cursor, traces)

    def own(self, moments: Sequence[Moment]) -> Moment:
        """Return the moment of its first trace."""
        return self.first.own(moments)

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment that cannot be shown."""
        self.first.check_moment(moment)

    def exchange(self, moments: Sequence[Moment], slack: float = 0.0) -> None:
        """Take moments of other traces, which are alike, in place of those that it shows; `show` then shows them."""
        for view, moment in zip(self.views.values(), moments, strict=True):
            view.exchange([moment], slack)

    def show(self, moments: Sequence[Moment]) -> bool:
        """Move to other moments; return whether what stands still had to be drawn anew."""
        for view in self.views.values():
            view.check_moment(view.own(moments))
        is_other = any([view.show([view.own(moments)]) for view in self.views.values()])
        self.moments = tuple(moments)
        if is_other:
            self.build()
        else:
            self.move()
        return is_other

    # -------------------------------------------------------------------------------------------------- what is drawn

    @fallbacks()
    def build(self) -> None:
        """Draw everything for the moments."""
        self.host.clear()
        self.host.set_axis_off()
        self._head = Head(self, self._verdicts)
        self.moving = self._head.moving
        self.fit(self._head.title, self.titles(), self.width() - 1)
        panels = self._panels()
        self._across = self.width() - label_room() - TICK_ROOM
        box = Box().inset(top=head_height(self._verdicts), left=label_room(), right=TICK_ROOM)
        legend = Legend(self.figure, self._entries(panels), self._across)
        legend.draw(self.panel(box.strip("top", legend.high)))
        notes = self._notes(panels)
        for k, note in enumerate(notes):
            self.line("bottom", 0.4 + 1.5 * (len(notes) - 1 - k), size=small()).set_text(note)
        box = box.inset(top=legend.high, bottom=1.5 * len(notes) + 0.4 * bool(notes))
        parts = box.rows([max(each.high for each in panel.values()) for panel in panels.values()])
        self.lines, self.powers, self.marks, self.headings, self.scale = [], [], [], [], []
        across: dict[str, list[np.ndarray]] = {}
        for panel in panels.values():
            across.setdefault(_first(panel).xlabel, []).extend(curve.x for _, curve in _curves(panel))
        for panel, part in zip(panels.values(), parts, strict=True):
            xs = np.concatenate([*across[_first(panel).xlabel], np.zeros(0)])
            self._draw_panel(self.panel(part.inset(top=1.9, bottom=3)), panel, xs)
        self.check_room(self.first.name)
        self.move()

    def move(self) -> None:
        """Set lines, marks and headings to what the views have."""
        self.fit(self._head.when, self._when(), self.width() - 1)
        for text, (name, view) in zip(self._head.said, self.views.items(), strict=True):
            found = view.sentences()
            words = [" ".join(found[:count]) for count in range(len(found), 0, -1)]
            self.fit(text, [*(f"{name}: {sentence}" for sentence in words), ""], self.width() - 1.2)
        for k, (title, panel) in enumerate(self._panels().items()):
            curves = [curve for _, curve in _curves(panel)]
            for line, curve in zip(self.lines[k], curves, strict=True):
                line.set_data(curve.x, finite(curve.y))
            if self.powers[k]:
                self.powers[k].show([curve.y for curve in curves])
            at = _first(panel).at
            self.marks[k].set_xdata([at, at] if at is not None else [np.nan, np.nan])
            named = {name: ", ".join(c.name for c in each.curves if c.is_main) for name, each in panel.items()}
            differ = len(set(filter(None, named.values()))) > 1
            listed = "   ".join(f"{name}: {words}" for name, words in named.items() if words and differ)
            self.fit(self.headings[k], [f"{title}   {listed}".rstrip(), title], self._across)

    def _when(self) -> list[str]:
        """Return the moment in words, the longest way first, as far as all traces share it."""
        if not self.first.shows_sample:
            return self.first.when()[-1:]
        unit, moment = self.first.shows_unit, self.first.moment
        return with_reasons(self.first.as_forward(ways_to_say(moment, unit=unit)), moment, unit=unit)

    @property
    def _verdicts(self) -> int:
        """How many lines the verdicts take, one for each trace."""
        return len(self.views) if self.first.topics else 0

    def _panels(self) -> dict[str, dict[str, CurvePanel]]:
        """Return the panels by title, and what each trace draws in them by its name."""
        found: dict[str, dict[str, CurvePanel]] = {}
        for name, view in self.views.items():
            for panel in view.curves(view.moment):
                found.setdefault(panel.title, {})[name] = panel
        return found

    def _draw_panel(self, axes: Axes, panel: Mapping[str, CurvePanel], xs: np.ndarray) -> None:
        """Make the lines of a panel, on a scale for all of them, over what panels of the same x axis go over."""
        first = _first(panel)
        scale = reduce(Scale.together, (each.scale for each in panel.values()))
        self.scale.append(scale)
        curves = _curves(panel)
        self.lines.append([self._line(axes, name, curve) for name, curve in curves])
        axes.set_xlim(np.min(xs, initial=0) - 0.5, np.max(xs, initial=0) + 0.5)
        if first.level is not None:
            axes.axhline(first.level, color=faint(0.6), linewidth=0.8)
        self.powers.append(LogLines(axes, self.lines[-1], scale) if scale.kind == "power" else None)
        if self.powers[-1]:
            logarithmic(axes, scale)
            self.moving += self.powers[-1].moving
        else:
            axes.set_ylim(scale.low, scale.high + 0.04 * (scale.high - scale.low))
            self.moving += self.lines[-1]
        dress(axes, xlabel=first.xlabel, ylabel=first.ylabel)
        whole_ticks(axes.xaxis, 8)
        if scale.kind != "power":
            even_ticks(axes, "y")
        self.marks.append(cursor_line(axes, first.over))
        self.headings.append(line_above(axes))
        self.moving += [self.marks[-1], self.headings[-1], *axes.spines.values()]

    def _line(self, axes: Axes, name: str, curve: Curve) -> Line2D:
        return axes.plot(curve.x, curve.y, **self._look(name, curve))[0]

    def _look(self, name: str, curve: Curve) -> dict:
        """Return how a curve looks: its trace's dashes, and the colour of its quantity or of its trace."""
        look = trace_look(list(self.views).index(name))
        colour = {"color": curve.colour} if curve.colour else {}
        return {**look, **colour, "linewidth": 2.2 if curve.is_main else 1.1}

    def _entries(self, panels: Mapping[str, Mapping[str, CurvePanel]]) -> list[Entry]:
        """Return one legend for all panels: a curve in the colour of its trace is called as the trace is."""
        found: dict[tuple, Entry] = {}
        for name, curve in (each for panel in panels.values() for each in _curves(panel)):
            look = self._look(name, curve)
            label = name if curve.is_main and not curve.colour else f"{name} {curve.name}"
            found.setdefault((label, look["color"], look["linewidth"]), Entry(label, look))
        return list(found.values())

    def _notes(self, panels: Mapping[str, Mapping[str, CurvePanel]]) -> list[str]:
        """Return what cannot be shown or compared, a line each."""
        notes = [f"{name}: {each.missing}" for panel in panels.values() for name, each in panel.items() if each.missing]
        shapes = {name: view.trace.predictions.shape[2:] for name, view in self.views.items()}
        if len(set(shapes.values())) > 1:
            sizes = ", ".join(f"{name} {' × '.join(map(str, shape))}" for name, shape in shapes.items())
            notes.append(
                tr("The outputs differ ({sizes}): compare how the curves run, not how high they are.", sizes=sizes)
            )
        return notes


def size_of(views: Sequence[View], most: float) -> tuple[float, float]:
    """Return the size in inches of an overlay of views, at most so wide."""
    highs: dict[str, float] = {}
    for view in views:
        highs |= {panel.title: panel.high for panel in view.curves(view.moment)}
    verdicts = VERDICT_LINE * len(views) * em() / 72 if views[0].topics else 0
    return min(most, WIDEST), OTHERS + verdicts + PANEL * sum(highs.values())


def _first(panel: Mapping[str, CurvePanel]) -> CurvePanel:
    """Return the panel of the first trace: texts and marks are its."""
    return next(iter(panel.values()))


def _curves(panel: Mapping[str, CurvePanel]) -> list[Curves]:
    """Return all curves of a panel, with the names of their traces."""
    return [(name, curve) for name, each in panel.items() for curve in each.curves]
