"""What is said and written after an act of the tour."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rnnscope.languages import noted, tr
from rnnscope.words import padded

if TYPE_CHECKING:
    import numpy as np

    from rnnscope.models.sequential import Sequential
    from rnnscope.tasks import Task
    from rnnscope.trace import Cursor, Trace

MOST_BYTES = 50_000_000
"""The traces of a tour take at most so many bytes together; they are thinned to it."""

MOST_NUMBERS, MOST_WINDOWS = 8, 6
"""Windows of at most so many numbers are printed with what the net says, so many of them."""

MEMORY_VIEWS = ("gradient_flow", "memory", "gates", "training")
"""What the page of the second act shows."""

PICTURED = 0
"""The sample that the pictures of the second act show."""


def report(model: Sequential, trace: Trace, task: Task) -> None:
    """Print the loss, the score, and of short windows the predictions beside the targets."""
    history = trace.history["loss"]
    if trace.stopped:
        print(tr("stopped early: {why}", why=trace.stopped))
    if not history:
        return
    ends = {"first": f"{history[0]:.4g}", "last": f"{history[-1]:.4g}"}
    print(tr("loss: {first} in the first epoch, {last} in the last", **ends))
    print(tr("after training: {loss}", loss=f"{model.evaluate(task.x, task.y):.4g}"))
    said = model.predict(task.unseen)
    if task.unseen_y is not None:
        print(_scored(task, task.score(said)))
    if task.is_per_step or task.classes or task.x[0].size > MOST_NUMBERS:
        return
    _print_windows(tr("learned"), task.x, model.predict(task.x[:MOST_WINDOWS]), None)
    _print_windows(tr("unseen"), task.unseen, said[:MOST_WINDOWS], task.unseen_y)


def _scored(task: Task, score: float) -> str:
    """Say how what a net says to inputs that it never saw was scored."""
    parts = {"score": f"{score:.3g}", "trivial": f"{task.trivial_score:.3g}"}
    if task.is_solved(score):
        return tr("score on what it has never seen: {score}, solved (without thinking {trivial})", **parts)
    return tr("score on what it has never seen: {score}, not solved (without thinking {trivial})", **parts)


def _print_windows(title: str, windows: np.ndarray, said: np.ndarray, targets: np.ndarray | None) -> None:
    """Print windows of numbers with what the net says, and what would be right."""
    for k, output in enumerate(said):
        numbers = ", ".join(f"{value:2g}" for value in windows[k].ravel())
        right = "" if targets is None else f"   {tr('(right: {number})', number=f'{targets[k, 0]:g}')}"
        print(f"  {padded(title, 8)}{numbers}  -> {output[0]:7.3f}{right}")


def write(folder: Path, traces: dict[str, Trace]) -> list[str]:
    """Write traces in which something was recorded, pictures and animations, and return what is where in lines."""
    from rnnscope.export import animate
    from rnnscope.figures import gates, training
    from rnnscope.trace import Cursor
    from rnnscope.trace.record import size

    if not traces:
        return [tr("Nothing was recorded; {folder}/ holds nothing new.", folder=folder)]
    lines = [tr("{folder}/ now holds", folder=folder)]
    thinned = _thinned(traces)
    for cell, trace in traces.items():
        name, kept = cell.lower(), thinned[cell]
        kept.save(folder / f"{name}.npz")
        for layer in trace.layers[:-1]:
            gates(trace, Cursor(layer=layer)).savefig(folder / f"{name}-gates-{layer}.png", dpi=150)
        training(trace).savefig(folder / f"{name}-training.png", dpi=150)
        animate(trace, folder / f"{name}.gif", over="phase", verbose=False)
        animate(trace, folder / f"{name}-training.gif", over="training", verbose=False)
        counts = {"count": len(kept.epochs), "all": len(trace.epochs)}
        note = "" if kept is trace else tr(", thinned to {count} of {all} epochs", **counts)
        lines.append(f"  {name}.npz{note} ({size(kept.nbytes)}): rs.load_trace({str(folder / f'{name}.npz')!r})")
        words = tr(
            "{name}.gif: one window, phase by phase; {name}-training.gif: how its gates became what they are; "
            "{name}-gates-*.png: the gates of each layer over time; {name}-training.png: loss and predictions",
            name=name,
        )
        lines.append(f"  {words}")
    return lines


def write_pages(folder: Path, traces: dict[str, Trace], memory: dict[str, Trace], task: Task) -> str:
    """Write the page of the first act, and that of the second one, if there was one; say in a sentence what to open."""
    from rnnscope.export import export_html

    page, other = folder / "index.html", folder / f"{task.name}.html"
    links = {}
    if memory:
        to_first = {tr("The first act: {cells}", cells=", ".join(traces)): page.name}
        export_html(memory, other, views=MEMORY_VIEWS, title=tr("And now: memory"), links=to_first)
        pictures = {tr(words): _picture(folder, task, name).name for name, (_, _, words) in PICTURES.items()}
        links = {tr("And now: memory, to step through"): other.name, **pictures}
    export_html(traces, page, title=tr("What happened inside: {cells}", cells=", ".join(traces)), links=links)
    return tr("Open this file in a browser, to step through all of it: {where}", where=page.resolve().as_uri())


def write_memory(folder: Path, task: Task, traces: dict[str, Trace]) -> list[str]:
    """Draw what the states hold, and how the gradient comes back before and after training; say what is to be seen."""
    from rnnscope import figures
    from rnnscope.figures import compare

    if not traces:
        return []
    one = next(iter(traces.values()))
    lines = [f"\n{forgetting(task, traces)}"]
    for cell, trace in traces.items():
        trace.save(folder / f"{task.name}-{cell.lower()}.npz")
    for name, (view, epoch, words) in PICTURES.items():
        path = _picture(folder, task, name)
        draw = partial(compare, traces, view=view) if len(traces) > 1 else partial(getattr(figures, view), one)
        draw(cursor=_pictured(one, epoch)).savefig(path, dpi=150)
        lines.append(f"  {path.name}: {tr(words)}")
    return lines


PICTURES = {
    "gradient-before": ("gradient_flow", 0, noted("how much gradient comes back to each step, before training")),
    "gradient-after": ("gradient_flow", -1, noted("the same after it")),
    "memory": ("memory", -1, noted("what the state holds at the end, by the step that wrote it")),
}
"""The view of each picture of the second act, the place of its epoch, and what it shows."""


def _picture(folder: Path, task: Task, name: str) -> Path:
    return folder / f"{task.name}-{name}.png"


def _pictured(trace: Trace, epoch: int) -> Cursor:
    """Return the moment of a picture of the second act."""
    from rnnscope.trace import Cursor

    return Cursor(epoch=int(trace.epochs[epoch]), layer=trace.layers[0], sample=PICTURED)


def forgetting(task: Task, traces: dict[str, Trace]) -> str:
    """Return what is to be seen in the pictures: how much gradient comes back to the first time step."""
    shares = {k: ", ".join(f"{cell} {_left(trace, k)}" for cell, trace in traces.items()) for k in (0, -1)}
    return tr(
        "What has to be carried over {count} steps can only be learned if the gradient comes so far. In sample "
        "{sample}, which the pictures show, the gradient of the state at the first step, beside that at the last one, "
        "is before training: {before}; after it: {after}.",
        count=task.x.shape[1] - 1,
        sample=PICTURED,
        before=shares[0],
        after=shares[-1],
    )


def _left(trace: Trace, epoch: int) -> str:
    """Say how large the gradient of the state with the longest memory is at the first step, beside the last one."""
    from rnnscope.analysis.ledger import state_with_ledger
    from rnnscope.numbers import norm_of, percent

    moment = _pictured(trace, epoch).at(trace)
    state = state_with_ledger(moment.layer.cell) or moment.layer.cell.states[0]
    norms = norm_of(moment.layer.grad[state][moment.run])
    return f"{state} {percent(float(norms[0] / norms[-1]) if norms[-1] else 0.0)}"


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
