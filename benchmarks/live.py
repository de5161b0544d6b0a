"""Time live training against `fit`: ``python -m benchmarks.live``.

The same epochs of the counting task, alternately by `fit` and live without a picture; then live with one view shown, in
an event loop as a notebook has: pictures encoded per second, and epochs. Medians; all in one run.
"""

import asyncio
import statistics
from time import perf_counter

import rnnscope as rs
from rnnscope.live import LiveTraining

TASK = rs.tasks.counting()
SLOWER, PICTURES = 1.3, 10
"""Targets: live training takes at most so many times as long as `fit`, and shows so many pictures per second."""

EPOCHS = {4: 600, 300: 60}
ROUNDS, WARM, SECONDS = 7, 3, 5.0


def main():
    """Print the ratio to `fit`, and a line per view."""
    missed = []
    for units, epochs in EPOCHS.items():
        pairs = [(by_fit(units, epochs), live(units, epochs)) for _ in range(ROUNDS)]
        ratio = statistics.median(own / fit for fit, own in pairs)
        print(f"{units} units: {ratio:.2f} times as long as fit ({1e3 * pairs[-1][0] / epochs:.1f} ms an epoch)")
        missed += [f"{units} units"] if ratio > SLOWER else []
    for view in ("network", "cell", "memory", "gates", "training"):
        pictures, rate = asyncio.run(shown(view, 300))
        print(f"{view:12}{pictures:6.1f} pictures / s, {rate:6.1f} epochs / s")
        missed += [view] if pictures < PICTURES else []
    print(f"targets: {SLOWER} times, {PICTURES} pictures / s: {'missed by ' + '; '.join(missed) if missed else 'met'}")


def new_model(units):
    """Return a net of two layers."""
    layers = [rs.LSTM(units, return_sequences=True, input_shape=(4, 1)), rs.LSTM(units), rs.Dense(1)]
    model = rs.Sequential(layers, seed=0)
    model.compile("adam", "mse")
    return model


def by_fit(units, epochs):
    """Return the seconds that `fit` takes."""
    model, options = new_model(units), {"verbose": 0, "record": rs.Record(weights="newest")}
    model.fit(TASK.x, TASK.y, epochs=WARM, **options)
    start = perf_counter()
    model.fit(TASK.x, TASK.y, epochs=epochs, **options)
    return perf_counter() - start


def live(units, epochs):
    """Return the seconds that live training takes."""
    own = LiveTraining(new_model(units), TASK.x, TASK.y, epochs=WARM + epochs, record=rs.Record(weights="newest"))
    own.start(WARM)
    own.wait()
    start = perf_counter()
    own.start(epochs)
    own.wait()
    took = perf_counter() - start
    own.close()
    return took


async def shown(view, units):
    """Return how many pictures a second are encoded while it trains, and epochs trained."""
    explorer = rs.train_live(new_model(units), TASK.x, TASK.y, views=[view])
    frames = explorer._session.frames
    explorer.cursor = rs.Cursor(epoch=0)
    explorer.training.start()
    await asyncio.sleep(2)
    before, start, pictures, last = explorer.training.finished, perf_counter(), 0, None
    while perf_counter() - start < SECONDS:
        newest = frames.newest(view)
        pictures, last = pictures + (newest is not last), newest
        await asyncio.sleep(0.002)
    took, epochs = perf_counter() - start, explorer.training.finished - before
    explorer.close()
    return pictures / took, epochs / took


if __name__ == "__main__":
    main()
