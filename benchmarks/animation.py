"""Time a GIF of 100 epochs beside matplotlib's own way: ``python -m benchmarks.animation``.

The plain way is `FuncAnimation` with `PillowWriter` on the same figure, which is moved in the same way. Both ways
in one run, ours the median of three, with the sizes of the files.
"""

import statistics
import tempfile
from pathlib import Path

from matplotlib.animation import FuncAnimation, PillowWriter

import rnnscope as rs
from benchmarks.figures import timed, trained
from rnnscope.export.gif import write_gif
from rnnscope.figures.compare import stacked

FRAMES, RATIO, FPS = 100, 5, 8
"""How many frames, and how many times faster the target is."""


def main():
    """Print a line per view and width."""
    missed = []
    print(f"{'view':16}{'units':>6}{'animate':>12}{'plain':>12}{'ratio':>8}{'size':>12}{'plain':>12}")
    for units in (4, 300):
        trace = trained(units)
        for view in rs.figures.VIEWS:
            (ours, own), (slow, other) = written(trace, view), plainly(trace, view)
            print(f"{view:16}{units:6}{ours:9.0f} ms{slow:9.0f} ms{slow / ours:8.1f}{own:9.0f} kB{other:9.0f} kB")
            missed += [f"{view}, {units} units"] if slow / ours < RATIO or own > other else []
    print(f"target: {RATIO} times, not larger: {'missed by ' + '; '.join(missed) if missed else 'met'}")


def written(trace, view):
    """Return how long frames and file take, in milliseconds, and the size of the file in kB."""
    figure = stacked({"": rs.Cursor(epoch=0).at(trace)}, [view])

    def frames():
        for epoch in range(FRAMES):
            figure.update(rs.Cursor(epoch=epoch))
            yield figure.frame(), 1

    def save(path):
        with path.open("wb") as file:
            write_gif(frames(), file, FPS, 1 / FPS, view)

    return measured(save, times=3)


def plainly(trace, view):
    """Return the same of matplotlib's way."""
    figure = stacked({"": rs.Cursor(epoch=0).at(trace)}, [view])

    def save(path):
        film = FuncAnimation(
            figure, lambda epoch: figure.update(rs.Cursor(epoch=epoch)), frames=FRAMES, init_func=lambda: None
        )
        film.save(path, writer=PillowWriter(FPS), dpi=figure.dpi)

    return measured(save, times=1)


def measured(save, times):
    """Return how long it takes to save a file, and how large it is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.gif"
        return statistics.median(timed(lambda: save(path))[0] for _ in range(times)), path.stat().st_size / 1000


if __name__ == "__main__":
    main()
