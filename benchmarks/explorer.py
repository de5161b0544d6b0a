"""Time the explorer from the cursor to the encoded picture: ``python -m benchmarks.explorer``.

Each view is by itself in an explorer, and the cursor goes through moments that are in no cache. The plain way draws the
same figure anew and saves it, in the callback of `ipywidgets.interact`: once as the library draws it, once with texts
and images drawn by matplotlib. Medians over moments; all ways in one run.
"""

import io
import statistics
from contextlib import contextmanager
from unittest.mock import patch

from ipywidgets import IntSlider, interactive
from matplotlib.image import AxesImage
from matplotlib.text import Text

import rnnscope as rs
from benchmarks.figures import cursors, timed, trained
from rnnscope.figures.compare import SCREEN, drawn
from rnnscope.figures.drawing.quick_image import QuickImage
from rnnscope.figures.drawing.quick_text import QuickText
from rnnscope.session import WIDEST
from rnnscope.trace.moment import resolve

STEP, LATE, RATIO = 33, 60, 10
"""Targets: milliseconds in the median and at the 95th percentile, and how many times faster than the plain way."""


def main():
    """Print a line per view and width."""
    missed = []
    print(f"{'view':16}{'units':>6}{'step':>10}{'95 %':>10}{'plain':>10}{'/ step':>8}{'matplotlib':>13}{'/ step':>8}")
    for units in (4, 300):
        first, second = trained(units), trained(units)
        for view in (*rs.figures.VIEWS, *rs.figures.PAIRS):
            traces = {"first": first, "second": second} if view in rs.figures.PAIRS else {"": first}
            steps, slow = explored(traces, view), statistics.median(redrawn(traces, view))
            with matplotlib_alone():
                slowest = statistics.median(redrawn(traces, view))
            step, late = statistics.median(steps), statistics.quantiles(steps, n=20)[-1]
            row = f"{view:16}{units:6}{step:7.1f} ms{late:7.1f} ms{slow:7.0f} ms{slow / step:8.1f}"
            print(f"\r{row}{slowest:10.0f} ms{slowest / step:8.1f}")
            missed += [f"{view}, {units} units"] if step > STEP or late > LATE or slow / step < RATIO else []
    print(f"targets: {STEP} ms, {LATE} ms, {RATIO} times: {'missed by ' + '; '.join(missed) if missed else 'met'}")


def explored(traces, view):
    """Return the milliseconds of each step of an explorer of one trace or of two."""
    first = next(iter(traces.values()))
    explorer = rs.explore(first, [view]) if len(traces) == 1 else rs.compare(traces, view)
    steps = [timed(lambda c=c: setattr(explorer, "cursor", c))[0] for c in cursors(first)]
    explorer.close()
    return steps


def redrawn(traces, view):
    """Return the milliseconds of each step of the plain way."""
    moments = cursors(next(iter(traces.values())))[:6]
    named = dict(zip(traces, resolve(rs.Cursor(), list(traces.values())), strict=True))
    size = drawn(named, view, most=WIDEST if len(traces) == 1 else SCREEN[0]).get_size_inches()

    def show(k):
        at = dict(zip(traces, resolve(moments[k], list(traces.values())), strict=True))
        drawn(at, view, figsize=tuple(size)).savefig(io.BytesIO(), format="png")

    plain = interactive(show, k=IntSlider(max=len(moments) - 1))
    slider = plain.children[0]
    steps = [timed(lambda k=k: setattr(slider, "value", k))[0] for k in range(1, len(moments))]
    plain.close()
    return steps


@contextmanager
def matplotlib_alone():
    """Let matplotlib draw all texts and images meanwhile."""
    with patch.object(QuickText, "draw", Text.draw), patch.object(QuickImage, "draw", AxesImage.draw):
        yield


if __name__ == "__main__":
    main()
