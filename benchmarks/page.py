"""Time a step in the page without a kernel, in Chromium: ``python -m benchmarks.page``.

The page of the counting task, as it is by default: three cells of 2 x 300 units, 100 epochs. A step with all views is
timed in the page itself, from the new moment until everything is moved and laid out; in each way of stepping, forward
and backward, and for a change of the layer.
"""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

import rnnscope as rs
from benchmarks.figures import EPOCHS

SIZE, MADE, STEP, STEPS = 2e6, 6, 16, 60
"""Targets: bytes of the page, seconds to make it, milliseconds of a step; how many steps are taken each way."""

WAYS = {
    "epoch": "(at, page) => ({epoch: (at.epoch + 1) % page.epochs.length})",
    "time step": "(at, page) => ({time: (at.time + 1) % page.steps[at.layer]})",
    "phase": """(at, page) => ({phases: at.phases.map((phase, k) =>
        (phase + 1) % page.traces[k].phases[at.layer].length)})""",
    "unit": "(at, page) => ({unit: (at.unit + 1) % page.units.length})",
    "layer": "(at, page) => ({layer: (at.layer + 1) % page.layers.length})",
}

TIMED = """([steps, direction]) => {
    const change = CHANGE
    explorer.go({...explorer.at, direction, layer: 0})
    return [...Array(steps)].map(() => {
        const start = performance.now()
        explorer.go({...explorer.at, ...change(explorer.at, explorer.page)})
        document.body.getBoundingClientRect()  // lays everything out
        return performance.now() - start
    })
}"""


def main():
    """Print the size of the page, and a line per way of stepping."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        traces = trained()
        start = time.process_time()
        rs.export_html(traces, path, verbose=False)
        took, size = time.process_time() - start, path.stat().st_size
        print(f"{size / 1e6:.2f} MB, made in {took:.1f} s of processor time")
        late = measured(path)
    missed = [name for name, value in late.items() if value > STEP] + (["size"] if size > SIZE else [])
    missed += ["time to make it"] if took > MADE else []
    print(f"targets: {SIZE / 1e6:g} MB, {MADE} s, {STEP} ms: {'missed by ' + '; '.join(missed) if missed else 'met'}")


def trained():
    """Return the traces of the three cells."""
    task, traces = rs.tasks.counting(), {}
    for cell in (rs.SimpleRNN, rs.LSTM, rs.GRU):
        layers = [cell(300, return_sequences=True, input_shape=(4, 1)), cell(300), rs.Dense(1)]
        model = rs.Sequential(layers, seed=0)
        model.compile()
        traces[cell.__name__] = model.fit(task.x, task.y, epochs=EPOCHS, verbose=0)
    return traces


def measured(path):
    """Return the milliseconds of each way of stepping at the 95th percentile."""
    late = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True).new_page()
        page.goto(path.as_uri())
        wait_until(page, "window.explorer !== undefined")
        page.evaluate("explorer.showViews([])")
        print(f"{'step':24}{'median':>10}{'95 %':>10}{'most':>10}")
        for direction in ("forward", "backward"):
            for way, change in WAYS.items():
                script = TIMED.replace("CHANGE", change)
                page.evaluate(script, [STEPS, direction])
                steps = page.evaluate(script, [STEPS, direction])
                late[f"{way}, {direction}"] = quantile = statistics.quantiles(steps, n=20)[-1]
                row = (statistics.median(steps), quantile, max(steps))
                print(f"{f'{way}, {direction}':24}" + "".join(f"{value:7.1f} ms" for value in row))
        browser.close()
    return late


def wait_until(page, holds, seconds=60):
    """Wait until an expression is true; the page itself may not evaluate text, as `wait_for_function` would."""
    end = time.monotonic() + seconds
    while not page.evaluate(holds):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {holds}")
        page.wait_for_timeout(20)


if __name__ == "__main__":
    main()
