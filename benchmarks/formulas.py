"""Time `rs.formulas.substitute` on a wide cell: ``python -m benchmarks.formulas``.

Measured is one call for every phase of a 300-unit LSTM, forward and backward, after a first one.
"""

import itertools
import statistics
import time

import rnnscope as rs

TARGET = 0.020


def main():
    """Print the median and the largest time of a call."""
    task = rs.tasks.counting()
    layers = [rs.LSTM(300, return_sequences=True, input_shape=(4, 1)), rs.LSTM(300), rs.Dense(1)]
    model = rs.Sequential(layers)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0)
    seconds = []
    for direction, phase in itertools.product(("forward", "backward"), trace["lstm"].quantities):
        for unit in range(20):
            cursor = rs.Cursor(layer="lstm", time=1, unit=unit, phase=phase, direction=direction)
            start = time.perf_counter()
            _ = rs.formulas.substitute(trace, cursor).text
            if unit:
                seconds.append(time.perf_counter() - start)
    median, largest = statistics.median(seconds), max(seconds)
    print(f"substitute, 300 units: median {median * 1e3:.1f} ms, at most {largest * 1e3:.1f} ms")
    print(f"target {TARGET * 1e3:.0f} ms: {'met' if largest <= TARGET else 'missed'}")


if __name__ == "__main__":
    main()
