"""The picture of a race: for each cell the score of every run, and how soon it solved the task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from rnnscope.checks import number
from rnnscope.figures import style
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.still import StillPicture
from rnnscope.languages import listed, noted, tr

if TYPE_CHECKING:
    from rnnscope.races import Race, Row, Run

APART = 0.6
"""The runs of a cell stand one above the other over this part of its row."""

SCORES = {
    "error": noted("error on unseen inputs, a mark per seed"),
    "accuracy": noted("accuracy on unseen inputs, a mark per seed"),
}
"""What the axis of scores is called, by what a task measures."""

WIDE = 20
"""Scores of which the largest is so many times the smallest are drawn over powers of ten."""


@fallbacks()
def draw(race: Race, figsize: Sequence[float] | None = None) -> StillPicture:
    """Return the picture: a row per cell, a mark per run; on the left its score, on the right its epochs."""
    rows = race.table.rows
    wide, high = (8.4, 1.6 + 0.5 * len(rows)) if figsize is None else figsize
    number("figsize: width", wide, 4)
    number("figsize: height", high, 2)
    figure = StillPicture(sentence(race), str(race), figsize=(wide, high), layout="constrained")
    scores, epochs = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _draw_scores(race, scores)
    _draw_epochs(race, epochs)
    scores.set_yticks(range(len(rows)), [row.cell for row in rows])
    scores.set_ylim(len(rows) - 0.5, -0.5)
    for axes in (scores, epochs):
        axes.grid(axis="y", color=style.faint(0.85))
    handles, labels = scores.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=style.small())
    figure.suptitle(figure.title, fontsize=style.em(), color=style.ink(), wrap=True)
    return figure


def sentence(race: Race) -> str:
    """Return what the picture shows, in a sentence.

    Parameters
    ----------
    race
        The race.
    """
    rows = [row for row in race.table.rows if row.runs]
    parts = {
        noted("with every seed: {cells}"): [row for row in rows if row.solved == row.runs],
        noted("with some seeds: {cells}"): [row for row in rows if 0 < row.solved < row.runs],
        noted("with no seed: {cells}"): [row for row in rows if not row.solved],
    }
    said = [tr(how, cells=_listed(own)) for how, own in parts.items() if own]
    return tr("Solved {cells}.", cells="; ".join(said)) if said else tr("No run came to an end.")


def _draw_scores(race: Race, axes: Axes) -> None:
    """Draw the score of each run, and the line that it has to reach."""
    task = race.conditions.task
    solved, others = style.trace_look(0)["color"], style.trace_look(1)["color"]
    looks = {
        tr("solved"): {"marker": "o", "color": solved},
        tr("not solved"): {"marker": "X", "color": others},
    }
    for (label, look), is_solved in zip(looks.items(), (True, False), strict=True):
        own = [(run, height) for run, height in _places(race) if run.is_solved == is_solved]
        places = [run.score for run, _ in own], [height for _, height in own]
        if own:
            axes.scatter(*places, label=label, s=4 * style.em(), zorder=3, **look)
    for value, dashes, label in (
        (task.solved_score, style.TRACE_DASHES[1], tr("counts as solved")),
        (task.trivial_score, style.TRACE_DASHES[2], tr("the answer without thinking")),
    ):
        axes.axvline(value, color=style.ink(), linestyle=dashes, label=label, zorder=2)
    spread = [run.score for run, _ in _places(race)] + [task.solved_score]
    if min(spread) > 0 and max(spread) > WIDE * min(spread):
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    style.dress(axes, xlabel=tr(SCORES[task.measure]))


def _draw_epochs(race: Race, axes: Axes) -> None:
    """Draw after how many epochs each run had solved the task, and how many solved it."""
    own = [(run.epochs, height) for run, height in _places(race) if run.is_solved]
    look = {"marker": "o", "color": style.trace_look(0)["color"], "s": 4 * style.em(), "zorder": 3}
    axes.scatter([epochs for epochs, _ in own], [height for _, height in own], **look)
    most = race.conditions.settings.epochs
    axes.set_xlim(0, 1.05 * most)
    for k, row in enumerate(race.table.rows):
        words = tr("{solved} of {runs}", solved=row.solved, runs=row.runs)
        if row.failed:
            words = tr("{solved} of {runs},\n{failed} failed", solved=row.solved, runs=row.runs, failed=row.failed)
        beside = {"transform": axes.get_yaxis_transform(), "va": "center", "color": style.ink()}
        axes.text(1.02, k, words, fontsize=style.small(), **beside)
    axes.axvline(most, color=style.faint(0.5))
    axes.tick_params(left=False)
    style.dress(axes, xlabel=tr("epochs until solved, of {most} at most", most=most))


def _places(race: Race) -> list[tuple[Run, float]]:
    """Return the runs that came to an end, and how high each stands."""
    cells, found = list(race.conditions.cells), []
    seeds = 1 + max((run.seed for run in race.runs), default=0)
    for run in race.runs:
        if run.failure is None and math.isfinite(run.score):
            found.append((run, cells.index(run.cell) + APART * ((run.seed + 0.5) / seeds - 0.5)))
    return found


def _listed(rows: Sequence[Row]) -> str:
    """Return cells one after the other, those that solved with some seeds with their number."""
    words = [
        tr("{cell} ({solved} of {runs})", cell=row.cell, solved=row.solved, runs=row.runs)
        if 0 < row.solved < row.runs
        else row.cell
        for row in rows
    ]
    return words[0] if len(words) == 1 else listed([", ".join(words[:-1]), words[-1]])
