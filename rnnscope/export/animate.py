"""Animations: a view at one moment after another, as GIF, MP4 or WebM."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image
from tqdm import tqdm

import rnnscope
from rnnscope.checks import number, one_of
from rnnscope.figures import VIEWS
from rnnscope.figures.compare import SIDE_BY_SIDE, laid_out, named, stacked
from rnnscope.figures.picture import Picture
from rnnscope.figures.style import paper
from rnnscope.files import check_place, ending, replacing
from rnnscope.trace import Cursor, Moment, Trace, Walk
from rnnscope.trace.walk import OVER

FPS = {"epoch": 8.0, "time": 1.0, "phase": 2.0}
"""Frames per second, by what is gone over."""

FILM_EPOCHS = 60
"""So many epochs are shown at most: the first ones all, later ones farther and farther apart."""

SLOWEST, FASTEST = 0.05, (60, 50)
"""Frames per second at least, and at most of a film and of a GIF: browsers slow down what stays for less than 20 ms."""

LAST = 2.0
"""The last frame stays at least so many seconds before all begins anew."""

COLOURS, COMMON = 255, 96
"""Colours of a GIF; one more stands for what has not changed. So many of the common ones are kept exactly."""

MOST_PIXELS = 100_000
"""So many pixels of a frame are asked for their colour to find the common ones."""

VIDEO = {
    ".mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-movflags", "+faststart"],
    ".webm": ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-crf", "30", "-b:v", "0"],
}
"""How ffmpeg encodes each kind of film."""


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
    write = write_gif if kind == ".gif" else _film(kind)
    walk = Walk(list(nets.values()))
    cursors = moments_over(walk, over, cursor)
    first = dict(zip(nets, walk.at(cursors[0]).moments, strict=True))
    has_losses = any(trace.history.get("loss") for trace in nets.values())
    views = [view, "training"] if over == "epoch" and view != "training" and has_losses else [view]
    if len(views) > 1:  # `stacked` would leave out the one that was asked for
        laid_out(first, view, SIDE_BY_SIDE)
    figure = side_by_side(first, views)
    title = f"{', '.join(name for name in nets if name) or 'rnnscope'}: {' and '.join(views)} over {over}"

    def frames() -> Iterator[np.ndarray]:
        for moment in tqdm(cursors, desc=Path(path).name, unit="frame", disable=not verbose):
            figure.move(walk.at(moment).moments)
            yield figure.frame()

    with replacing(path) as file:
        write(frames(), file, fps, f"{title}. {figure.alt.splitlines()[0]} rnnscope {rnnscope.__version__}")


def side_by_side(moments: Mapping[str, Moment], views: Sequence[str]) -> Picture:
    """Return views of moments side by side, or one below the other if a view has too little room then."""
    try:
        return stacked(moments, views, beside=True)
    except ValueError:
        return stacked(moments, views)


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


def write_gif(frames: Iterable[np.ndarray], file: IO[bytes], fps: float, comment: str) -> None:
    """Write frames that share one palette, and of each only what has changed."""
    size, changes = None, []
    for frame in frames:
        codes = np.ascontiguousarray(frame).view("<u4")[..., 0] & 0xFFFFFF  # without transparency
        if size is None:
            size, before = codes.shape, ~codes
        where = np.flatnonzero(codes != before)
        before = codes
        changes.append((where, codes.ravel()[where]))
    table, palette = _colours([codes for _, codes in changes])
    images, places = [], np.zeros(size, np.uint8)
    for where, codes in changes:
        places.ravel()[where] = table[codes]
        images.append(Image.fromarray(places.copy()))
        images[-1].putpalette(palette)
    ends = [10 * round(100 * k / fps) for k in range(len(images) + 1)]  # in hundredths of a second, as a GIF counts
    durations = np.diff(ends).tolist()
    durations[-1] = max(durations[-1], round(1000 * LAST))
    first, *others = images
    options = {"duration": durations, "loop": 0, "optimize": True, "comment": comment.encode()}
    first.save(file, "GIF", save_all=True, append_images=others, **options)


def _colours(changes: Sequence[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Return for every colour its place in a palette, and the palette: red, green, blue, red …

    The common colours are kept exactly; each of the others becomes the nearest one.
    """
    is_there = np.zeros(1 << 24, bool)
    for codes in changes:
        is_there[codes] = True
    there = np.flatnonzero(is_there)
    some = np.concatenate([codes[:: max(1, len(codes) // MOST_PIXELS)] for codes in changes])
    colours, counts = np.unique(some, return_counts=True)
    common = colours[np.argsort(-counts, kind="stable")][:COMMON]
    others = np.setdiff1d(there, common)
    palette = _rgb(common)
    if len(others):
        image = Image.fromarray(np.ascontiguousarray(_rgb(others)[:, None]))
        near = image.quantize(COLOURS - len(common), Image.Quantize.MAXCOVERAGE).getpalette()
        palette = np.concatenate([palette, np.array(near, np.uint8).reshape(-1, 3)[: COLOURS - len(common)]])
    table = np.zeros(1 << 24, np.uint8)
    for part in np.array_split(there, len(there) // 1000 + 1):
        distances = (_rgb(part)[:, None].astype(np.int32) - palette) ** 2
        table[part] = distances.sum(axis=2).argmin(axis=1)
    return table, palette.ravel().tolist()


def _rgb(codes: np.ndarray) -> np.ndarray:
    """Return the red, green and blue of colours."""
    return np.ascontiguousarray(codes, "<u4").view(np.uint8).reshape(-1, 4)[:, :3]


def _film(kind: str) -> Callable[[Iterable[np.ndarray], IO[bytes], float, str], None]:
    """Return what writes a film by ffmpeg."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise ValueError(f"path: {kind} needs ffmpeg, which was not found; install it, or choose a name in .gif")

    def write(frames: Iterable[np.ndarray], file: IO[bytes], fps: float, comment: str) -> None:
        frames = iter(frames)
        first = next(frames)
        high, wide = first.shape[:2]
        source = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{wide}x{high}", "-r", f"{fps:g}", "-i", "-"]
        even = f"pad=ceil(iw/2)*2:ceil(ih/2)*2:color={paper()}"
        still = f"tpad=stop_mode=clone:stop_duration={max(0, LAST - 1 / fps):g}"
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
            film = Path(folder) / f"film{kind}"
            command = [program, "-loglevel", "error", "-y", *source, "-vf", f"{even},{still}", *VIDEO[kind]]
            command += ["-metadata", f"title={comment}", str(film)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as process:
                with contextlib.suppress(BrokenPipeError):  # then ffmpeg has ended, and said why
                    for frame in itertools.chain([first], frames):
                        process.stdin.write(np.ascontiguousarray(frame).tobytes())
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
            if process.returncode:
                said.seek(0)
                raise OSError(f"path: ffmpeg could not write {kind}: {said.read().decode(errors='replace').strip()}")
            with film.open("rb") as made:
                shutil.copyfileobj(made, file)

    return write
