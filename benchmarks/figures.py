"""Time every view at 4 and at 300 units: ``python -m benchmarks.figures``.

Measured are the first drawing (in a process that has drawn before), a step of the cursor to the finished pixels, and
the plain way: the same figure drawn anew and saved as PNG. Medians over epochs, time steps, units and phases.
"""

import io
import itertools
import statistics
import time

import rnnscope as rs

EPOCHS = 100
FIRST, STEP = 400, 15
"""Targets in milliseconds."""


def main():
    """Print a line per view and width."""
    missed = []
    print(f"{'view':16}{'units':>6}{'first':>10}{'step':>10}{'95 %':>10}{'plain':>10}{'plain / step':>14}")
    for units in (4, 300):
        trace = trained(units)
        for view in rs.figures.VIEWS:
            draw = getattr(rs.figures, view)
            draw(trace).frame()
            first, figure = timed(lambda draw=draw, trace=trace: shown(draw(trace)))
            steps = [timed(lambda c=c, figure=figure: moved(figure, c))[0] for c in cursors(trace)]
            plain = [timed(lambda c=c, draw=draw, trace=trace: saved(draw(trace, c)))[0] for c in cursors(trace)[:5]]
            step, late = statistics.median(steps), statistics.quantiles(steps, n=20)[-1]
            slow = statistics.median(plain)
            print(f"{view:16}{units:6}{first:7.0f} ms{step:7.1f} ms{late:7.1f} ms{slow:7.0f} ms{slow / step:14.1f}")
            missed += [f"{view}, {units} units"] if first > FIRST or step > STEP else []
    print(f"targets: first {FIRST} ms, step {STEP} ms: {'missed by ' + '; '.join(missed) if missed else 'met'}")


def trained(units):
    """Return the trace of the counting task."""
    task = rs.tasks.counting()
    layers = [rs.LSTM(units, return_sequences=True, input_shape=(4, 1)), rs.LSTM(units), rs.Dense(1)]
    model = rs.Sequential(layers)
    model.compile()
    return model.fit(task.x, task.y, epochs=EPOCHS, verbose=0)


def cursors(trace):
    """Return moments that differ in everything but layer and direction."""
    phases = itertools.cycle(trace[trace.layers[0]].quantities)
    return [
        rs.Cursor(epoch=(7 * k) % EPOCHS, time=k % 4, unit=k % 4, sample=k % 6, phase=next(phases)) for k in range(40)
    ]


def timed(work):
    """Return the milliseconds that something takes, and what it returns."""
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1e3, result


def shown(figure):
    """Return a figure whose pixels have been drawn."""
    figure.frame()
    return figure


def moved(figure, cursor):
    """Move a figure and return its pixels."""
    figure.update(cursor)
    return figure.frame()


def saved(figure):
    """Return a figure as a PNG."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


if __name__ == "__main__":
    main()
