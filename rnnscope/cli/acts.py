"""What is said and written after an act of the tour."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from rnnscope.models.sequential import Sequential
    from rnnscope.tasks import Task
    from rnnscope.trace import Trace

MOST_BYTES = 50_000_000
"""The traces of a tour take at most so many bytes together; they are thinned to it."""

MOST_NUMBERS, MOST_WINDOWS = 8, 6
"""Windows of at most so many numbers are printed with what the net says, so many of them."""


def report(model: Sequential, trace: Trace, task: Task) -> None:
    """Print the loss, the score, and of short windows the predictions beside the targets."""
    history = trace.history["loss"]
    if trace.stopped:
        print(f"stopped early: {trace.stopped}")
    if not history:
        return
    print(f"loss: {history[0]:.4g} in the first epoch, {history[-1]:.4g} in the last")
    print(f"after training: {model.evaluate(task.x, task.y):.4g}")
    said = model.predict(task.unseen)
    if task.unseen_y is not None:
        score = task.score(said)
        words = "solved" if task.is_solved(score) else "not solved"
        print(f"score on what it has never seen: {score:.3g}, {words} (without thinking {task.trivial_score:.3g})")
    if task.is_per_step or task.classes or task.x[0].size > MOST_NUMBERS:
        return
    _print_windows("learned", task.x, model.predict(task.x[:MOST_WINDOWS]), None)
    _print_windows("unseen", task.unseen, said[:MOST_WINDOWS], task.unseen_y)


def _print_windows(title: str, windows: np.ndarray, said: np.ndarray, targets: np.ndarray | None) -> None:
    """Print windows of numbers with what the net says, and what would be right."""
    for k, output in enumerate(said):
        numbers = ", ".join(f"{value:2g}" for value in windows[k].ravel())
        right = "" if targets is None else f"   (right: {targets[k, 0]:g})"
        print(f"  {title:8}{numbers}  -> {output[0]:7.3f}{right}")


def write(folder: Path, traces: dict[str, Trace]) -> list[str]:
    """Write traces, pictures, animations and the page, and return what is where in lines."""
    from rnnscope.export import animate, export_html
    from rnnscope.figures import gates, training
    from rnnscope.trace import Cursor
    from rnnscope.trace.record import size

    traces = {cell: trace for cell, trace in traces.items() if len(trace.epochs)}
    if not traces:
        return [f"Nothing was recorded; {folder}/ holds nothing new."]
    lines = [f"{folder}/ now holds"]
    thinned = _thinned(traces)
    for cell, trace in traces.items():
        name, kept = cell.lower(), thinned[cell]
        kept.save(folder / f"{name}.npz")
        for layer in trace.layers[:-1]:
            gates(trace, Cursor(layer=layer)).savefig(folder / f"{name}-gates-{layer}.png", dpi=150)
        training(trace).savefig(folder / f"{name}-training.png", dpi=150)
        animate(trace, folder / f"{name}.gif", over="phase", verbose=False)
        animate(trace, folder / f"{name}-training.gif", over="training", verbose=False)
        note = "" if kept is trace else f", thinned to {len(kept.epochs)} of {len(trace.epochs)} epochs"
        lines.append(f"  {name}.npz{note} ({size(kept.nbytes)}): rs.load_trace({str(folder / f'{name}.npz')!r})")
        lines.append(
            f"  {name}.gif: one window, phase by phase; {name}-training.gif: how its gates became what they "
            f"are; {name}-gates-*.png: the gates of each layer over time; {name}-training.png: loss and predictions"
        )
    page = folder / "index.html"
    export_html(traces, page, title="What happened inside: " + ", ".join(traces))
    lines.append(f"  index.html: all of it, to step through. Open it in a browser: {page.resolve().as_uri()}")
    return lines


def write_memory(folder: Path, task: Task, traces: dict[str, Trace]) -> list[str]:
    """Draw what the states hold, and how the gradient comes back before and after training; say what is to be seen."""
    from rnnscope import figures
    from rnnscope.figures import compare
    from rnnscope.trace import Cursor

    traces = {cell: trace for cell, trace in traces.items() if len(trace.epochs)}
    if not traces:
        return []
    one = next(iter(traces.values()))
    first, last = (Cursor(epoch=int(one.epochs[k]), sample=0) for k in (0, -1))
    drawn = {
        "gradient-before": ("gradient_flow", first, "how much gradient comes back to each step, before training"),
        "gradient-after": ("gradient_flow", last, "the same after it"),
        "memory": ("memory", last, "what the state holds at the end, by the step that wrote it"),
    }
    lines = [f"\n{forgetting(task, traces)}"]
    for name, (view, cursor, words) in drawn.items():
        path = folder / f"{task.name}-{name}.png"
        draw = partial(compare, traces, view=view) if len(traces) > 1 else partial(getattr(figures, view), one)
        draw(cursor=cursor).savefig(path, dpi=150)
        lines.append(f"  {path.name}: {words}")
    return lines


def forgetting(task: Task, traces: dict[str, Trace]) -> str:
    """Return what is to be seen in the pictures: how much gradient comes back to the first time step."""
    from rnnscope.numbers import percent

    shares = {k: ", ".join(f"{cell} {percent(_left(trace, k))}" for cell, trace in traces.items()) for k in (0, -1)}
    return (
        f"What has to be carried over {task.x.shape[1] - 1} steps can only be learned if the gradient comes so far. "
        f"Of that at the last step, the first one gets before training: {shares[0]}; after it: {shares[-1]}."
    )


def _left(trace: Trace, epoch: int) -> float:
    """Return how much gradient of the output the first time step has beside the last one, over the recorded samples."""
    from rnnscope.numbers import norm_of

    layer = trace[trace.layers[0]]
    norms = norm_of(layer.grad[layer.output][epoch]).mean(axis=0)
    return float(norms[0] / norms[-1]) if norms[-1] else 0.0


def _thinned(traces: dict[str, Trace]) -> dict[str, Trace]:
    """Return the traces with as many evenly spaced epochs as fit into `MOST_BYTES` together."""
    if sum(trace.nbytes for trace in traces.values()) <= MOST_BYTES:
        return traces
    weights = sum(trace.snapshots.flat[-1:].nbytes for trace in traces.values())
    epoch = sum((t.nbytes - t.snapshots.flat.nbytes) / len(t.epochs) for t in traces.values())
    most = int((MOST_BYTES - weights) // epoch)
    if most < 1:
        raise ValueError(f"--units: one epoch of these traces takes more than {MOST_BYTES} bytes; choose fewer units")
    return {cell: trace.thin(most) for cell, trace in traces.items()}
