"""Animations: a view at one moment after another, as GIF, MP4 or WebM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
from tqdm import tqdm

import rnnscope
from rnnscope.checks import number, one_of
from rnnscope.export.film import VIDEO, film_writer
from rnnscope.export.gif import write_gif
from rnnscope.figures import VIEWS
from rnnscope.figures.compare import laid_out, named, stacked
from rnnscope.files import check_place, ending, replacing
from rnnscope.trace import Cursor, Trace, Walk
from rnnscope.trace.walk import OVER

FPS = {"epoch": 8.0, "time": 1.0, "phase": 2.0}
"""Frames per second, by what is gone over."""

FILM_EPOCHS = 60
"""So many epochs are shown at most: the first ones all, later ones farther and farther apart."""

SLOWEST, FASTEST = 0.05, (60, 50)
"""Frames per second at least, and at most of a film and of a GIF: browsers slow down what stays for less than 20 ms."""

LAST = 2.0
"""The last frame stays at least so many seconds before all begins anew."""


def animate(
    traces: Trace | Mapping[str, Trace],
    path: str | PathLike[str],
    view: str = "cell",
    over: str = "time",
    *,
    cursor: Cursor | None = None,
    fps: float | None = None,
    verbose: bool = True,
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
        Name of a view, such as `"cell"` or `"gates"`.
    over
        What is gone over: `"time"`, the time steps of a layer; `"phase"`, its phases too; `"epoch"`, the training: all
        of the first epochs, in which most happens, and later ones farther and farther apart, with the loss below.
    cursor
        All that stays the same: epoch, layer, sample, unit, direction; as in every view.
    fps
        Frames per second, at most 60 (GIF: 50); by default 1 over time, 2 over phases, 8 over epochs. The last frame
        stays for two seconds.
    verbose
        Whether a bar shows how far it is.

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
    one_of("view", view, VIEWS)
    usual, fastest = FPS[one_of("over", over, OVER)], FASTEST[kind == ".gif"]
    fps = usual if fps is None else number("fps", fps, SLOWEST, fastest, closed_high=True)
    write = write_gif if kind == ".gif" else film_writer(kind)
    walk = Walk(list(nets.values()))
    cursors = moments_over(walk, over, cursor)
    first = dict(zip(nets, walk.at(cursors[0]).moments, strict=True))
    has_losses = any(trace.history.get("loss") for trace in nets.values())
    views = [view, "training"] if over == "epoch" and view != "training" and has_losses else [view]
    if len(views) > 1:  # `stacked` would leave out the one that was asked for
        laid_out(first, view)
    figure = stacked(first, views)
    title = f"{', '.join(name for name in nets if name) or 'rnnscope'}: {' and '.join(views)} over {over}"

    def frames() -> Iterator[np.ndarray]:
        for moment in tqdm(cursors, desc=Path(path).name, unit="frame", disable=not verbose):
            figure.move(walk.at(moment).moments)
            yield figure.frame()

    with replacing(path) as file:
        write(frames(), file, fps, LAST, f"{title}. {figure.alt.splitlines()[0]} rnnscope {rnnscope.__version__}")


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
