"""What stands beside the maps of weights: their distributions, the singular values, and how far they moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.weight_blocks import BlockRow, row_letter
from rnnscope.figures.weights.history import name_of
from rnnscope.figures.weights.maps import note
from rnnscope.figures.weights.panels import Distribution, Movement, Spectrum, explain, legend_height
from rnnscope.languages import tr

if TYPE_CHECKING:
    from rnnscope.figures.weights.view import WeightsView

PANELS_WIDE, LEGEND_LINE = 21.5, 1.5
"""The width of the panels beside the maps, and the height of a line of text."""

DENSITY, SPECTRUM, MOVEMENT = 4.6, 6.8, 8.9
"""What the panel of one distribution, that of singular values and that of the movement without its legend need, where
they stand one below the other, in font sizes."""

ABOVE_AXES = 0.8
"""The gap between a legend and the highest number of the axis below it, in font sizes."""

COLUMN_GAP = 2.0
"""The gap between two panels side by side, in font sizes."""


@dataclass(frozen=True)
class WeightsData:
    """What the view shows.

    Attributes
    ----------
    epoch
        The kept epoch whose weights are shown.
    values
        The weights by row of blocks, the blocks of all quantities side by side, (row, column).
    maps
        What the maps show: the same, or how much each changed since the first kept epoch, sorted.
    singular
        The singular values of the recurrent kernel, the largest first; None without one.
    unit
        The cursor's unit.
    """

    epoch: int
    values: dict[BlockRow, np.ndarray]
    maps: dict[BlockRow, np.ndarray]
    singular: np.ndarray | None
    unit: int


class SidePanels:
    """The panels beside or below the maps.

    Attributes
    ----------
    legend
        The text that names the epoch.
    distributions
        The density of the weights, by row of blocks.
    spectrum
        The singular values of the recurrent kernel; None without one.
    movement
        How far the weights moved; None of a single epoch.
    moving
        What changes with the moment.
    """

    def __init__(self, view: WeightsView, box: Box, *, stacked: bool) -> None:
        self.view, self.history, self.moving = view, view.history, []
        has_spectrum, count = view.data.singular is not None, len(self.history.rows)
        if stacked:
            legend = legend_height(count, PANELS_WIDE)
            upper, *middle, lower = box.rows(
                [DENSITY * count, *([SPECTRUM] if has_spectrum else []), MOVEMENT + legend], 1.0
            )
        else:
            upper, lower = box.rows([1, 1.3], 1.0)
            *middle, lower = lower.columns([1, 1], COLUMN_GAP) if has_spectrum else [lower]
        wide = PANELS_WIDE if stacked else (view.width() - 1.4 - COLUMN_GAP * has_spectrum) / (1 + has_spectrum)
        self._distributions(upper, stacked=stacked)
        self.spectrum = self._spectrum(middle[0], wide) if middle else None
        self.movement = self._movement(lower, wide)

    def show(self, data: WeightsData) -> None:
        """Show the weights of another epoch."""
        for row, distribution in self.distributions.items():
            distribution.show(data.values[row])
        if self.spectrum is not None and data.singular is not None:
            self.spectrum.show(data.singular)
        self.legend.set_text(tr("epoch {epoch}", epoch=data.epoch))
        if self.movement is not None:
            self.movement.show(data.epoch)

    def _distributions(self, box: Box, *, stacked: bool) -> None:
        view, history, several = self.view, self.history, len(self.history.epochs) > 1
        self.legend = explain(view.panel(box.strip("top", LEGEND_LINE)), history.first, several, explains=view.explains)
        box, count = box.inset(top=LEGEND_LINE), len(history.rows)
        parts = box.rows([1] * count) if stacked else box.columns([1] * count, 1.5)
        self.distributions = {}
        for row, part in zip(history.rows, parts, strict=True):
            axes = view.panel(part.inset(top=1.4, bottom=1.7))
            limit, start = view.scale[name_of(row)].high, history.at(history.first)[row]
            top = view.scale[f"density {name_of(row)}"].high
            self.distributions[row] = Distribution(axes, limit, top, start, several)
            note(axes, (0, 1), row_letter(row), (0, 0.5), fontweight="bold")
            self.moving += self.distributions[row].moving
        self.moving.append(self.legend)

    def _spectrum(self, box: Box, wide: float) -> Spectrum:
        """Make the panel of the singular values."""
        view, history = self.view, self.history
        title = note(view.panel(box.strip("top", LEGEND_LINE)), (0, 0.5), "", fontweight="bold")
        title.axes.axis("off")
        letter = row_letter(history.changes.main)
        long = tr("singular values of {matrix}, largest first", matrix=letter)
        view.fit(title, [long, tr("singular values of {matrix}", matrix=letter), letter], wide)
        axes = view.panel(box.inset(left=3.2, top=LEGEND_LINE + 0.3, bottom=1.5))
        start = history.changes.singular_values(history.first)
        made = Spectrum(axes, start, view.scale["singular value"].high, len(history.epochs) > 1)
        self.moving += made.moving
        return made

    def _movement(self, box: Box, wide: float) -> Movement | None:
        """Make the panel of the movement, if there is any."""
        view, history = self.view, self.history
        title = note(view.panel(box.strip("top", LEGEND_LINE)), (0, 0.5), "", fontweight="bold")
        title.axes.axis("off")
        if len(history.epochs) == 1:
            view.fit(title, [tr("movement: weights of one epoch only"), tr("no movement")], wide)
            return None
        share = "‖W − W₀‖ / ‖W₀‖"
        long = tr("moved since epoch {epoch}: {share}", epoch=history.first, share=share)
        view.fit(title, [long, share], wide)
        high = legend_height(len(history.rows), wide)
        legend = view.panel(box.inset(top=LEGEND_LINE).strip("top", high))
        axes = view.panel(box.inset(left=3.2, top=LEGEND_LINE + high + ABOVE_AXES, bottom=2.6))
        made = Movement(axes, legend, history, view.scale["movement"], view.scale["epoch"])
        self.moving += made.moving
        return made
