"""The command `rnnscope`: a tour of the three nets on the counting task, and pictures of traces as files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnscope.models.sequential import Sequential
    from rnnscope.tasks import Task
    from rnnscope.trace import Trace

CELLS = ("SimpleRNN", "LSTM", "GRU")
MOST_EPOCHS = 100
"""So many epochs are recorded at most; of longer training every second one, every third one …"""

SAMPLE_EPOCHS = 30
"""The nets of the contact sheet are trained for so many epochs."""

MOST_BYTES = 50_000_000
"""The traces of a tour take at most so many bytes together; they are thinned to it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 with one sentence if it cannot do what was asked."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, TypeError, OSError) as error:
        print(f"rnnscope: {error}", file=sys.stderr)
        return 2


def tour(options: argparse.Namespace) -> int:
    """Train every net, print what it learned, and write traces and pictures."""
    from rnnscope.tasks.counting import counting
    from rnnscope.trace import Record

    task = counting()
    models = {cell: _model(cell, options, task) for cell in options.cells}
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    print(task.describe())
    every = -(-options.epochs // MOST_EPOCHS)
    if every > 1:
        print(f"Every {every}th epoch is recorded.")
    traces = {}
    for cell, model in models.items():
        print(f"\n--- {cell} ---")
        model.summary()
        traces[cell] = model.fit(task.x, task.y, epochs=options.epochs, record=Record(every=every))
        _report(model, traces[cell], task)
        if traces[cell].stopped and len(traces) < len(models):
            print("The other nets are left out.")
            break
    print()
    for line in _write(folder, traces):
        print(line)
    return 0


def render(options: argparse.Namespace) -> int:
    """Draw a view of a trace, or the contact sheet, into a file."""
    import rnnscope.figures
    from rnnscope.checks import one_of
    from rnnscope.trace import Cursor, load_trace

    names = ("epoch", "layer", "sample", "time", "unit", "phase", "direction")
    cursor = Cursor(**{name: getattr(options, name) for name in names})
    if options.sheet:
        from rnnscope.export.sheet import checked, contact_sheet

        checked(options.out)
        traces = {Path(options.trace).stem: load_trace(options.trace)} if options.trace else _samples()
        contact_sheet(traces, options.out, cursor)
    elif options.trace is None:
        raise ValueError("TRACE: expected the name of a file, or --sheet; got neither")
    else:
        draw = getattr(rnnscope.figures, one_of("--view", options.view, rnnscope.figures.VIEWS))
        draw(load_trace(options.trace), cursor).savefig(options.out, dpi=options.dpi)
    print(f"wrote {options.out}")
    return 0


def _samples() -> dict[str, Trace]:
    """Train every registered cell with few and with many units, as samples of what the views show."""
    from rnnscope.cells import names
    from rnnscope.tasks.counting import counting

    task, traces = counting(), {}
    for cell in names():
        for units in (4, 300):
            model = _model(cell, argparse.Namespace(units=units, seed=0, epochs=SAMPLE_EPOCHS), task)
            name = f"{cell}, {units} units"
            print(f"training {name}")
            traces[name] = model.fit(task.x, task.y, epochs=SAMPLE_EPOCHS, verbose=0)
    return traces


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rnnscope", description="See what happens inside recurrent networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "tour", help="train the three nets on the counting task, and write traces and pictures of what happened"
    )
    command.add_argument("--epochs", type=int, default=100, help="epochs of training (100)")
    command.add_argument("--units", type=int, default=300, help="units of each of the two recurrent layers (300)")
    command.add_argument("--cells", nargs="+", default=CELLS, metavar="CELL", help=f"cells ({' '.join(CELLS)})")
    command.add_argument("--seed", type=int, default=0, help="seed of the start weights (0)")
    command.add_argument("--out", default="rnnscope-tour", help="folder to write to (rnnscope-tour)")
    command.set_defaults(run=tour)
    _add_render(commands)
    return parser


def _add_render(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("render", help="draw a view of a trace into a file, or every view on one sheet")
    command.add_argument("trace", nargs="?", metavar="TRACE", help="a trace that Trace.save wrote (.npz)")
    command.add_argument("--view", default="network", help="which view (network)")
    command.add_argument("--sheet", action="store_true", help="every view: of TRACE, or of every cell, trained here")
    command.add_argument(
        "--out", default="rnnscope.png", help="file to write: .png, .svg or .pdf; a sheet is a .png (rnnscope.png)"
    )
    command.add_argument("--dpi", type=int, default=150, help="pixels per inch (150)")
    for name in ("epoch", "sample", "time", "unit"):
        command.add_argument(f"--{name}", type=int, help=f"{name} of the moment")
    for name in ("layer", "phase"):
        command.add_argument(f"--{name}", help=f"{name} of the moment")
    command.add_argument("--direction", default="forward", help="forward or backward (forward)")
    command.set_defaults(run=render)


def _model(cell: str, options: argparse.Namespace, task: Task) -> Sequential:
    from rnnscope.cells import names
    from rnnscope.checks import one_of, positive_int
    from rnnscope.models.dense import Dense
    from rnnscope.models.recurrent import layer_class
    from rnnscope.models.sequential import Sequential

    layer = layer_class(one_of("--cells", cell, names()))
    positive_int("--epochs", options.epochs)
    first = layer(options.units, return_sequences=True, input_shape=task.x.shape[1:])
    model = Sequential([first, layer(options.units), Dense(1)], seed=options.seed)
    model.compile(optimizer="adam", loss="mse")
    return model


def _report(model: Sequential, trace: Trace, task: Task) -> None:
    """Print the loss, the predictions beside the targets, and what the model says to inputs that it has never seen."""
    history = trace.history["loss"]
    if trace.stopped:
        print(f"stopped early: {trace.stopped}")
    if not history:
        return
    print(f"loss: {history[0]:.4g} in the first epoch, {history[-1]:.4g} in the last")
    print(f"after training: {model.evaluate(task.x, task.y):.4g}")
    for title, windows, targets in (("learned", task.x, task.y), ("unseen", task.unseen, None)):
        for k, (window, output) in enumerate(zip(windows, model.predict(windows), strict=True)):
            numbers = ", ".join(f"{value:2g}" for value in window.ravel())
            target = window.ravel()[-1] + 1 if targets is None else targets[k, 0]
            print(f"  {title:8}{numbers}  -> {output[0]:7.3f}   (right: {target:g})")


def _write(folder: Path, traces: dict[str, Trace]) -> list[str]:
    """Write the traces and pictures, and return what is where in lines."""
    from rnnscope.figures.gates import gates
    from rnnscope.figures.training import training
    from rnnscope.trace import Cursor
    from rnnscope.trace.record import size

    lines = [f"{folder}/ now holds"]
    traces = {cell: trace for cell, trace in traces.items() if len(trace.epochs)}
    thinned = _thinned(traces)
    for cell, trace in traces.items():
        name, kept = cell.lower(), thinned[cell]
        kept.save(folder / f"{name}.npz")
        for layer in trace.layers[:-1]:
            gates(trace, Cursor(layer=layer)).savefig(folder / f"{name}-gates-{layer}.png", dpi=150)
        training(trace).savefig(folder / f"{name}-training.png", dpi=150)
        note = "" if kept is trace else f", thinned to {len(kept.epochs)} of {len(trace.epochs)} epochs"
        lines.append(f"  {name}.npz{note} ({size(kept.nbytes)}): rs.load_trace({str(folder / f'{name}.npz')!r})")
        lines.append(
            f"  {name}-gates-*.png: the gates of each layer over time; {name}-training.png: loss and predictions"
        )
    return lines


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
