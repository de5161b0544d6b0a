"""Animations: a view at one moment after another, as GIF, MP4 or WebM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
from tqdm import tqdm

import rnnscope
from rnnscope.checks import flag, number, one_of
from rnnscope.export.film import VIDEO, film_writer
from rnnscope.export.footer import Footer, footer_height
from rnnscope.export.gif import write_gif
from rnnscope.figures import PAIRS, VIEWS
from rnnscope.figures.comparable import named
from rnnscope.figures.compare import laid_out, stacked
from rnnscope.figures.flow import flow_of
from rnnscope.files import check_place, ending, replacing
from rnnscope.languages import listed, noted, speaking, tr
from rnnscope.trace import Cursor, Moment, Trace, Walk
from rnnscope.trace.walk import OVER

FPS = {"epoch": 8.0, "time": 1.0, "phase": 1.0}
"""Moments per second, by what is gone over."""

GONE_OVER = {"epoch": noted("epoch"), "time": noted("time"), "phase": noted("phase")}
"""What is gone over, in words."""

TRAINING = "training"
"""What the way over epochs is called too."""

SLOWLY = 6
"""Over epochs the first one stays so many times as long as the later ones, and those after it shorter and shorter."""

FLOW_FPS = 10
"""Information flows in so many frames per second."""

FILM_EPOCHS = 60
"""So many epochs are shown at most: the first ones all, later ones farther and farther apart."""

SLOWEST, FASTEST = 0.05, (60, 50)
"""Frames per second at least, and at most of a film and of a GIF: browsers slow down what stays for less than 20 ms."""

LAST = 2.0
"""The last frame stays at least so many seconds before all begins anew."""


def animate(
    traces: Trace | Mapping[str, Trace],
    path: str | PathLike[str],
    view: str | None = None,
    over: str = "time",
    *,
    cursor: Cursor | None = None,
    fps: float | None = None,
    flow: bool = True,
    verbose: bool = True,
    lang: str | None = None,
) -> None:
    """Write a view at one moment after another to a file, so that it plays in slides and on pages.

    Parameters
    ----------
    traces
        A trace, or two to five of the same inputs by their names, which are then compared side by side
        if there is room.
    path
        Name of the file, which ends in `.gif`, or, if ffmpeg is installed, in `.mp4` or `.webm`.
    view
        Name of a view, such as `"memory"`; by default `"cell"`, and over the training `"gates"`.
    over
        What is gone over: `"time"`, the time steps of a layer; `"phase"`, its phases too; `"training"` (or `"epoch"`):
        all of the first epochs, slowly, as most happens in them, and later ones farther and farther apart, with the
        loss below.
    cursor
        All that stays the same: epoch, layer, sample, unit, direction; as in every view.
    fps
        Moments per second, at most 60 (GIF: 50); by default 1 over time and phases, 8 over epochs. The last frame,
        with the answer of the net, stays for two seconds.
    flow
        Whether information flows through a cell while it is computed, in a few frames before each moment, if there is
        time for them.
    verbose
        Whether a bar shows how far it is.
    lang
        The language of all that is written in it, such as `"ko"`; None: that which is spoken (`rs.set_language`).

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is expected, or the moment is not in the trace; `path` is then untouched.
    OSError
        If the file cannot be written; nothing half-written is left.

    Examples
    --------
    >>> import rnnscope as rs, tempfile, pathlib
    >>> task = rs.tasks.counting()
    >>> trace = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)]).trace(task.x)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "lstm.gif"
    >>> rs.animate(trace, file, view="cell", over="phase", verbose=False)
    >>> file.read_bytes()[:6]
    b'GIF89a'
    """
    nets, kind = named(traces), ending(path, (".gif", *VIDEO))
    check_place(path)
    way = "epoch" if one_of("over", over, (*OVER, TRAINING)) == TRAINING else over
    view = ("gates" if way == "epoch" else "cell") if view is None else one_of("view", view, (*VIEWS, *PAIRS))
    fps = FPS[way] if fps is None else number("fps", fps, SLOWEST, FASTEST[kind == ".gif"], closed_high=True)
    flag("flow", flow)
    write = write_gif if kind == ".gif" else film_writer(kind)
    with speaking(lang):
        film = _Film(nets, view, way, cursor, flows_at=fps if flow else None)
        moments = tqdm(film.cursors, desc=Path(path).name, unit=tr("moment"), disable=not verbose)
        with replacing(path) as file:
            write(film.frames(moments), file, fps * film.ticks, LAST, film.comment)


class _Film:
    """The pictures of a film, with its footer.

    Attributes
    ----------
    cursors
        The moments.
    ticks
        How many ticks a moment has, of which each frame takes some.
    """

    def __init__(
        self, nets: Mapping[str, Trace], view: str, over: str, cursor: Cursor | None, *, flows_at: float | None
    ) -> None:
        self.nets, self.over, self.walk = nets, over, Walk(list(nets.values()))
        self.cursors = moments_over(self.walk, over, cursor)
        first = self._moments(self.cursors[0])
        has_losses = any(trace.history.get("loss") for trace in nets.values())
        self.views = [view, "training"] if over == "epoch" and view != "training" and has_losses else [view]
        if len(self.views) > 1:  # `stacked` would leave out the one that was asked for
            laid_out(first, view)
        self.figure = stacked(first, self.views, below=footer_height(self.walk, list(nets)))
        self.footer = Footer(self.figure, self.walk, list(nets), over)
        self.figure.beside = self.footer.moving
        is_flowing = flows_at and over != "epoch" and any(shown.flows for shown in self.figure.views)
        self.parts, self.ticks = flow_of(flows_at, FLOW_FPS) if is_flowing else ([], 1)

    @property
    def comment(self) -> str:
        """What the file says of itself: what it shows, and what was seen last."""
        names = ", ".join(name for name in self.nets if name) or "rnnscope"
        shown = tr("{names}: {views} over {over}.", names=names, views=listed(self.views), over=GONE_OVER[self.over])
        return f"{shown} {self.figure.alt.splitlines()[0]} rnnscope {rnnscope.__version__}"

    def frames(self, cursors: Iterable[Cursor]) -> Iterator[tuple[np.ndarray, int]]:
        """Yield pixels, and how many ticks they stay: while information flows, then with all of a moment."""
        for k, cursor in enumerate(cursors):
            moments = self._moments(cursor)
            self.figure.move(tuple(moments.values()))
            self.footer.show(moments, is_end=False)
            for part in self.parts:
                self.figure.flow(part)
                yield self.figure.frame(), 1
            self.figure.flow(1.0)
            self.footer.show(moments, is_end=k == len(self.cursors) - 1)
            yield self.figure.frame(), max(1, round(SLOWLY / (1 + k))) if self.over == "epoch" else self._stay

    @property
    def _stay(self) -> int:
        return self.ticks - len(self.parts)

    def _moments(self, cursor: Cursor) -> dict[str, Moment]:
        return dict(zip(self.nets, self.walk.at(cursor).moments, strict=True))


def moments_over(walk: Walk, over: str, cursor: Cursor | None = None) -> list[Cursor]:
    """Return the moments of an animation.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.export.animate import moments_over
    >>> task = rs.tasks.counting()
    >>> walk = rs.trace.Walk([rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1))]).trace(task.x)])
    >>> [moment.time for moment in moments_over(walk, "time")]
    [0, 1, 2, 3]
    """
    at = walk.at(Cursor() if cursor is None else cursor).cursor
    if over == "epoch":
        return [replace(at, epoch=walk.epochs[place]) for place in slowly_then_fast(len(walk.epochs))]
    found, moment = [], walk.begin(at, over)
    while moment and (moment.layer, moment.epoch) == (at.layer, at.epoch):
        found.append(moment)
        moment = walk.step(moment, over, 1)
    return found


def slowly_then_fast(count: int, most: int = FILM_EPOCHS) -> list[int]:
    """Return places from 0 to `count` - 1, at most so many: first one by one, then farther and farther apart.

    Examples
    --------
    >>> slowly_then_fast(100, 10)
    [0, 1, 2, 4, 7, 12, 21, 35, 59, 99]
    """
    if count <= most:
        return list(range(count))
    points = most
    while len(_spread(count, points + 1)) <= most:
        points += 1
    return _spread(count, points).tolist()


def _spread(count: int, points: int) -> np.ndarray:
    return np.unique(np.geomspace(1, count, points).round().astype(int)) - 1
