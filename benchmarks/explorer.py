"""Time the explorer from the cursor to the encoded picture: ``python -m benchmarks.explorer``.

Each view is by itself in an explorer, and the cursor goes through moments that are in no cache. The plain way draws the
same figure anew and saves it, in the callback of `ipywidgets.interact`. Medians over moments; both ways in one run.
"""

import io
import statistics

from ipywidgets import IntSlider, interactive

import rnnscope as rs
from benchmarks.figures import cursors, timed, trained
from rnnscope.figures.compare import drawn
from rnnscope.widgets.explorer import WIDEST

STEP, LATE, RATIO = 33, 60, 10
"""Targets: milliseconds in the median and at the 95th percentile, and how many times faster than the plain way."""


def main():
    """Print a line per view and width."""
    missed = []
    print(f"{'view':16}{'units':>6}{'step':>10}{'95 %':>10}{'plain':>10}{'plain / step':>14}")
    for units in (4, 300):
        trace = trained(units)
        for view in rs.figures.VIEWS:
            steps, plain = explored(trace, view), redrawn(trace, view)
            step, late, slow = statistics.median(steps), statistics.quantiles(steps, n=20)[-1], statistics.median(plain)
            print(f"\r{view:16}{units:6}{step:7.1f} ms{late:7.1f} ms{slow:7.0f} ms{slow / step:14.1f}")
            missed += [f"{view}, {units} units"] if step > STEP or late > LATE or slow / step < RATIO else []
    print(f"targets: {STEP} ms, {LATE} ms, {RATIO} times: {'missed by ' + '; '.join(missed) if missed else 'met'}")


def explored(trace, view):
    """Return the milliseconds of each step of an explorer."""
    explorer = rs.explore(trace, [view])
    steps = [timed(lambda c=c: setattr(explorer, "cursor", c))[0] for c in cursors(trace)]
    explorer.close()
    return steps


def redrawn(trace, view):
    """Return the milliseconds of each step of the plain way."""
    moments, draw = cursors(trace)[:6], getattr(rs.figures, view)
    size = drawn({"": trace}, view, None, most=WIDEST).get_size_inches()

    def show(k):
        draw(trace, moments[k], figsize=tuple(size)).savefig(io.BytesIO(), format="png")

    plain = interactive(show, k=IntSlider(max=len(moments) - 1))
    slider = plain.children[0]
    steps = [timed(lambda k=k: setattr(slider, "value", k))[0] for k in range(1, len(moments))]
    plain.close()
    return steps


if __name__ == "__main__":
    main()
