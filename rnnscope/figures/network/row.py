"""A layer of the unrolled net: its boxes, what is carried from one to the next, and what comes from below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from rnnscope.figures.drawing.hatches import box_at, hatched, striped
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.shapes import rounded_box, thick_arrow
from rnnscope.figures.network.grid import BOX_MARGIN, LINE, ROOMY_COLUMN, ROOMY_RISE, ROOMY_STATE, TALL, Grid
from rnnscope.figures.network.held import Held, box_face, fitting
from rnnscope.figures.network.links import Link, Point, link_paths, start_path
from rnnscope.figures.network.profile import unit_at
from rnnscope.figures.network.unrolled import LayerRow
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import NOT_FINITE, blend, em, faint, ink, lettering, paper
from rnnscope.numbers import written

WIDEST_ARROW, THINNEST_ARROW = 1.0, 0.08
"""The widest and the thinnest arrow, in font sizes."""

FADED = 0.35
"""So far bars are faded into the background, so that texts and marks stand out."""


DOTS = 0.6, 0.74, 0.88
"""Where the dots of a broken arrow stand, as parts of the way back to the column before."""


@dataclass(frozen=True)
class RowLook:
    """How a layer is drawn.

    Attributes
    ----------
    number
        Its number from below.
    columns
        The columns that have boxes.
    links
        From where what it reads first, and what it reads second, comes to it.
    colours
        By state the colour of its bars and arrows, and that of what it reads as `"entering"` and `"second"`.
    names
        What the numbers in the boxes are called, the longest way first, by state.
    classes
        What the units are called if they are classes.
    backward
        Whether arrows point back.
    has_numbers
        Whether numbers are written beside arrows.
    has_mark
        Whether a unit is marked.
    turned
        Whether it reads from the last column to the first.
    begins
        By state the corners of the way from the layer with whose last state it begins; nothing if it begins by itself.
    """

    number: int
    columns: range
    links: Sequence[Link]
    colours: Mapping[str, str]
    names: Mapping[str, Sequence[str]]
    classes: Sequence[str]
    backward: bool
    has_numbers: bool
    has_mark: bool
    turned: bool = False
    begins: Mapping[str, Sequence[Point]] = field(default_factory=dict)


class NetworkRow:
    """The artists of one layer.

    Attributes
    ----------
    grid, look, columns
        Where it lies, how it looks, and the columns that have boxes.
    held
        By state, its numbers in the boxes.
    bars, marks
        The bars of each state in each box, and the marks of the unit, with the line that follows it.
    arrows, links
        All arrows: those of each state, then those from below; and what comes another way, behind the boxes.
    hatches, stripes
        What is over the boxes of time steps that do not count, and over units that dropout sets to zero.
    left_out
        Dots where time steps are left out between two columns.
    beside, upwards
        The numbers beside the arrows of each state, and beside those from below.
    moving
        What changes with the moment.
    """

    def __init__(self, axes: Axes, grid: Grid, data: LayerRow, look: RowLook, scales: Mapping[str, Scale]) -> None:
        self.axes, self.grid, self.look = axes, grid, look
        self.columns = look.columns
        self.bottom, self.high = grid.bottoms[look.number], grid.highs[look.number]
        self.states = list(data.held)
        self._draw_boxes()
        names, has_mark = [look.names[state] for state in data.held], look.has_mark and data.units > 1
        level, has_value = fitting(
            axes.get_figure(root=True), names, look.classes, grid.wide - 2 * BOX_MARGIN, has_mark
        )
        self.held = {
            state: Held(
                axes,
                [self._sides(state, column) for column in self.columns],
                data.units,
                look.colours[state],
                look.names[state][level],
                scales[state],
                look.classes,
                has_value=has_value,
            )
            for state in data.held
        }
        self.bars = axes.add_collection(PolyCollection([], linewidth=0, zorder=2.2))
        self.bars.set_facecolor([blend(look.colours[s], paper(), FADED) for s in data.held for _ in self.columns])
        ends = {"color": ink(), "markeredgecolor": paper(), "markersize": 0.45 * em(), "markeredgewidth": 0.7}
        self.marks = axes.plot([], [], "o:", linewidth=0.9, zorder=3, **ends)[0]
        (self.left_out,) = axes.plot([], [], ".", color=faint(0.3), markersize=0.35 * em(), zorder=2)
        self.arrows = axes.add_collection(PolyCollection([], linewidth=0, zorder=2))
        self.links = axes.add_collection(PolyCollection([], linewidth=0, zorder=1.3))
        self.hatches, self.stripes = hatched(axes, 1.55), striped(axes)
        named = look.has_numbers
        self.beside = {s: [self._number_beside(s, k) for k in self.columns if named] for s in data.carried}
        self.upwards = [self._number_below(k) for k in self.columns if named and data.entering is not None]
        texts = [*self.upwards, *(text for found in self.beside.values() for text in found)]
        texts += [text for held in self.held.values() for text in held.moving]
        over = [self.links, self.hatches]
        self.moving: list[Artist] = [*over[:2], self.arrows, self.left_out, self.bars, self.marks, self.stripes, *texts]

    def show(
        self,
        data: LayerRow,
        times: np.ndarray,
        unit: int | None,
        held: Mapping[str, Scale],
        flows: Mapping[str, Scale],
    ) -> None:
        """Show what is held, a unit of it marked, and arrows as wide as what they carry.

        Before a column whose time step does not follow the one beside it, arrows and the line of the unit are broken.
        """
        bars, marks, dots = [], [], []
        broken = np.flatnonzero(np.diff(times[len(times) - len(self.columns) :]) > 1) + 1
        for state, values in data.held.items():
            self.held[state].show(values, unit, held[state])
            bars += [*self.held[state].bars(values)]
            places = self.held[state].marks(values, unit)
            marks += [*(np.insert(places, broken, np.nan, axis=0) if len(places) else places), (np.nan, np.nan)]
        self.bars.set_verts(bars)
        self.marks.set_data(*np.transpose(marks))
        polygons, colours, links, link_colours = [], [], [], []
        first = len(self.columns) - 1 if self.look.turned else 0
        cut = {*(broken - 1 if self.look.turned else broken).tolist()}
        for state, norms in data.carried.items():
            for k, norm in enumerate(norms):
                width, colour = thickness(norm, flows["states"]), self.look.colours[state]
                colour = colour if norm < np.inf else NOT_FINITE  # a state may begin at −∞
                if k == first and state in self.look.begins:
                    way = start_path(self.look.begins[state], width, backward=self.look.backward)
                    links, link_colours = [*links, *way], [*link_colours, *([colour] * len(way))]
                    continue
                polygons.append(self._across(state, k, width, is_broken=k in cut))
                colours.append(colour)
            dots += [(self._before(k, part), self._height(state)) for k in cut for part in DOTS]
            for text, norm in zip(self.beside[state], norms, strict=False):
                text.set_text(written(norm, 2))
        for name, norms, link in zip(
            ("entering", "second"), (data.entering, data.second), self.look.links, strict=False
        ):
            if norms is None:
                continue
            each = [self.look.colours[name] if np.isfinite(norm) else NOT_FINITE for norm in norms]
            sizes = [thickness(norm, flows["entering"]) for norm in norms]
            if link.is_next and link.is_straight(self.columns):
                polygons += [self._upwards(k, size) for k, size in enumerate(sizes)]
                colours += each
                continue
            way = link_paths(self.grid, link, self.columns, self.bottom, sizes, backward=self.look.backward)
            links += way
            link_colours += each if len(way) == len(each) else [self.look.colours[name]] * len(way)
        for text, norm in zip(self.upwards, [] if data.entering is None else data.entering, strict=False):
            text.set_text(written(norm, 2))
        self.left_out.set_data(*np.reshape(dots, (-1, 2)).T)
        self.arrows.set_verts(polygons)
        self.arrows.set_facecolor(colours)
        self.links.set_verts(links)
        self.links.set_facecolor(link_colours)
        self._cover(data)

    def _cover(self, data: LayerRow) -> None:
        """Hatch the boxes of time steps that do not count, and put stripes over what is dropped."""
        held = [] if data.counts is None else [self.columns[k] for k in np.flatnonzero(~data.counts)]
        sides = [(self.grid.x(k), self.bottom) for k in held]
        self.hatches.set_verts([box_at(*corner, self.grid.wide, self.high) for corner in sides])
        lines = []
        for state, dropped in data.dropped.items():
            lines += self.held[state].stripes(dropped)
        self.stripes.set_segments(lines)

    def box(self, column: int) -> tuple[float, float]:
        """Return the left lower corner of the box in a column; that of the only box if there is one."""
        return self.grid.x(int(np.clip(column, self.columns[0], self.columns[-1]))), self.bottom

    def at(self, x: float, y: float, data: LayerRow) -> dict[str, int] | None:
        """Return the column of the box that a place is in, and the unit whose bar is there; None outside of all."""
        column = self.grid.column_at(x)
        if column is None or column not in self.columns or not 0 <= y - self.bottom <= self.high:
            return None
        for state, values in data.held.items():
            left, right, bottom, top = self._sides(state, column)
            if left <= x < right and bottom <= y <= top:
                return {
                    "column": column,
                    "unit": unit_at(values[column - self.columns[0]], (x - left) / (right - left)),
                }
        return {"column": column}

    def _draw_boxes(self) -> None:
        """Draw the boxes, and a line between the parts of two states."""
        grid, outlines, lines = self.grid, [], []
        for column in self.columns:
            x = grid.x(column)
            middle = x + grid.wide / 2, self.bottom + self.high / 2
            outlines.append(rounded_box(*middle, grid.wide / 2, self.high / 2, 0.35))
            for state in self.states[1:]:
                y = self._sides(state, column)[3]
                lines.append([(x, y), (x + grid.wide, y)])
        look = {"edgecolor": faint(0.55), "linewidth": 0.9, "zorder": 1.5}
        self.axes.add_collection(PolyCollection(outlines, facecolor=box_face(), **look))
        self.axes.add_collection(LineCollection(lines, colors=faint(0.8), linewidth=0.7, zorder=1.6))

    def _sides(self, state: str, column: int) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top of the part of a box that a state has; the first state is on top."""
        x = self.grid.x(column)
        bottom, top = part_of(self.grid, self.look.number, self.states, state)
        return x + BOX_MARGIN, x + self.grid.wide - BOX_MARGIN, bottom, top

    def _height(self, state: str) -> float:
        """Return how high the arrows of a state lie: beside its line of text, if it has one."""
        return height_of(*part_of(self.grid, self.look.number, self.states, state))

    def _number_beside(self, state: str, column: int) -> Artist:
        x, y = self.grid.x(column) - self.grid.gap / 2, self._height(state) + 1.05
        x += (self.grid.wide + self.grid.gap) * self.look.turned
        return write(self.axes, x, y, side="center", color=lettering(self.look.colours[state]))

    def _number_below(self, column: int) -> Artist:
        x, y = self.grid.x(column) + self.grid.wide / 2 + 0.8, self.bottom - self.grid.rise / 2
        return write(self.axes, x, y)

    def _across(self, state: str, k: int, width: float, *, is_broken: bool) -> np.ndarray:
        """Return the arrow between box k and the one read before; half of it where time steps are left out between."""
        y, long = self._height(state), self.grid.gap / (1 + is_broken) - 0.2
        if self.look.turned:
            begin = self.grid.x(self.columns[k]) + self.grid.wide + 0.1
            ends = (begin + long, y), (begin, y)
        else:
            end = self.grid.x(self.columns[k]) - 0.1
            ends = (end - long, y), (end, y)
        return thick_arrow(*(ends[::-1] if self.look.backward else ends), width)

    def _before(self, k: int, part: float) -> float:
        """Return a place on the way from the box that is read before box k to it."""
        x, away = self.grid.x(self.columns[k]), part * self.grid.gap
        return x + self.grid.wide + away if self.look.turned else x - away

    def end(self, state: str) -> tuple[float, float]:
        """Return where a state leaves the box that is read last, at its right."""
        last = self.columns[0 if self.look.turned else -1]
        return self.grid.x(last) + self.grid.wide + 0.1, self._height(state)

    def _upwards(self, k: int, width: float) -> np.ndarray:
        """Return the arrow between a box and what is below it."""
        x, end = self.grid.x(self.columns[k]) + self.grid.wide / 2, self.bottom - 0.1
        ends = (x, end - self.grid.rise + 0.2), (x, end)
        return thick_arrow(*(ends[::-1] if self.look.backward else ends), width)


def part_of(grid: Grid, number: int, states: Sequence[str], state: str) -> tuple[float, float]:
    """Return bottom and top of the part that a state has of the boxes of a layer; the first state is on top."""
    each = (grid.highs[number] - 2 * BOX_MARGIN) / len(states)
    top = grid.bottoms[number] + grid.highs[number] - BOX_MARGIN - states.index(state) * each
    return top - each, top


def height_of(bottom: float, top: float) -> float:
    """Return how high the arrows of a state lie whose part of a box is so high: beside its text, if it has one."""
    return top - LINE / 2 if top - bottom >= TALL else (bottom + top) / 2


def row_ends(grid: Grid, number: int, data: LayerRow, columns: range, turned: bool) -> dict[str, tuple[float, float]]:
    """Return where each state comes to the box of a layer that is read first."""
    first, states = columns[-1 if turned else 0], list(data.held)
    return {state: (grid.x(first), height_of(*part_of(grid, number, states, state))) for state in states}


def has_room_for_numbers(grid: Grid, states: Sequence[int]) -> bool:
    """Say whether all arrows have room for numbers beside them."""
    parts = [high / count for high, count in zip(grid.highs, states, strict=True)]
    return grid.pitch >= ROOMY_COLUMN and grid.rise >= ROOMY_RISE and min(parts) >= ROOMY_STATE


def thickness(norm: float, scale: Scale) -> float:
    """Return how wide an arrow is: in proportion to what it carries."""
    share = norm / scale.high
    return max(THINNEST_ARROW, WIDEST_ARROW * min(share, 1.0)) if np.isfinite(share) else THINNEST_ARROW
