"""The command `rnnscope`: a tour of the three nets on the counting task; pictures, pages and films of traces."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnscope.models.sequential import Sequential
    from rnnscope.tasks import Task
    from rnnscope.trace import Cursor, Trace

CELLS = ("SimpleRNN", "LSTM", "GRU")
FORMATS = ("svg", "png", "pdf")
MOMENT = ("epoch", "layer", "sample", "time", "unit", "phase", "direction")
MOST_EPOCHS = 100
"""So many epochs are recorded at most; of longer training every second one, every third one …"""

SAMPLE_EPOCHS = 30
"""The nets of samples are trained for so many epochs."""

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
    from rnnscope.checks import positive_int
    from rnnscope.tasks.counting import counting
    from rnnscope.trace import Record

    task = counting()
    positive_int("--epochs", options.epochs)
    models = {cell: _model(cell, options.units, options.seed, task) for cell in options.cells}
    folder = Path(options.out)
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"--out: expected a folder; {str(folder)!r} is a file")
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
    if options.open and any(len(trace.epochs) for trace in traces.values()):
        webbrowser.open((folder / "index.html").resolve().as_uri())
    return 0


def render(options: argparse.Namespace) -> int:
    """Draw views of every cell, or of a trace, into files: the same bytes each time."""
    from rnnscope.cells import names
    from rnnscope.checks import positive_int
    from rnnscope.export.files import is_picture
    from rnnscope.figures import VIEWS

    out = Path(options.out)
    positive_int("--dpi", options.dpi)
    is_file = out.suffix[1:].lower() in FORMATS and not out.is_dir()
    if options.cell and options.trace:
        raise ValueError("--cell: expected samples to choose from; got --trace")
    if options.sheet:
        return _sheet(options, out if is_picture(out) and not out.is_dir() else out / "sheet.png")
    if is_picture(out) and not is_file and not out.is_dir():
        raise ValueError(f"OUT: expected a folder, or a file that ends in .{', .'.join(FORMATS)}; got {str(out)!r}")
    if is_file and options.format:
        raise ValueError(f"--format: expected a folder as OUT; got the file {str(out)!r}")
    formats = [out.suffix[1:].lower()] if is_file else [_format(name) for name in (options.format or "svg").split(",")]
    cursor = _cursor(options)  # a faulty one is refused before anything is trained
    views = _each("--view", options.view, VIEWS)
    nets = 1 if options.trace else len(_each("--cell", options.cell, names()))
    if is_file and nets * len(views) > 1:
        one = "one --view of --trace or of one --cell"
        raise ValueError(f"OUT: expected a folder for several pictures, or {one}; got {str(out)!r}")
    for name, trace in _given(options, (300,)).items():
        for view in views:
            stem = f"{name}-{view.replace('_', '-')}"
            paths = [out] if is_file else [out / f"{stem}.{kind}" for kind in formats]
            _draw(trace, view, cursor, paths, options, is_file=is_file)
    return 0


def _sheet(options: argparse.Namespace, path: Path) -> int:
    """Draw every view on one sheet."""
    from rnnscope.export.sheet import contact_sheet
    from rnnscope.files import ending

    for name in ("view", "format"):
        if getattr(options, name):
            raise ValueError(f"--{name}: expected none, since a sheet has every view and is a PNG; got --sheet")
    ending(path, (".png",))
    cursor = _cursor(options)
    traces = _given(options, (4, 300))
    path.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(traces, path, cursor)
    print(f"wrote {path}")
    return 0


def _given(options: argparse.Namespace, widths: Sequence[int]) -> dict[str, Trace]:
    """Return the trace that was given, or samples."""
    return _loaded([options.trace]) if options.trace else _samples(options.cell, widths)


def _draw(
    trace: Trace, view: str, cursor: Cursor, paths: Sequence[Path], options: argparse.Namespace, *, is_file: bool
) -> None:
    """Write one view to files; one that was not asked for and for which this trace has nothing is left out."""
    import rnnscope.figures

    try:
        figure = getattr(rnnscope.figures, view)(trace, cursor)
    except ValueError as error:
        if is_file or options.view:
            raise
        print(f"left out {paths[0].stem}: {error}")
        return
    if not is_file:
        paths[0].parent.mkdir(parents=True, exist_ok=True)
    for path in paths:
        figure.savefig(path, dpi=options.dpi)
        print(f"wrote {path}")


def export(options: argparse.Namespace) -> int:
    """Write a page that steps through traces without a kernel."""
    from rnnscope.export import export_html

    export_html(
        _loaded(options.trace), options.out, epochs=options.epochs, units=options.units, samples=options.samples
    )
    print(f"wrote {options.out}")
    return 0


def animation(options: argparse.Namespace) -> int:
    """Write an animation of traces."""
    from rnnscope.export import animate

    animate(_loaded(options.trace), options.out, options.view, options.over, cursor=_cursor(options), fps=options.fps)
    print(f"wrote {options.out}")
    return 0


def _loaded(paths: Sequence[str]) -> dict[str, Trace]:
    from rnnscope.trace import load_trace

    names = [Path(path).stem for path in paths]
    if len(set(names)) < len(names):
        raise ValueError(f"TRACE: expected files with names of their own; got {', '.join(names)}")
    return {name: load_trace(path) for name, path in zip(names, paths, strict=True)}


def _cursor(options: argparse.Namespace) -> Cursor:
    from rnnscope.trace import Cursor

    return Cursor(**{name: getattr(options, name) for name in MOMENT})


def _format(name: str) -> str:
    from rnnscope.checks import one_of

    return one_of("--format", name.strip().lower(), FORMATS)


def _each(argument: str, given: Sequence[str] | None, there: Sequence[str]) -> list[str]:
    """Return the names that were asked for, by default all."""
    from rnnscope.checks import one_of

    return [one_of(argument, name, there) for name in given or there]


def _samples(chosen: Sequence[str] | None, widths: Sequence[int]) -> dict[str, Trace]:
    """Train every registered cell, or those that were chosen, as samples of what the views show."""
    from rnnscope.cells import names
    from rnnscope.tasks.counting import counting

    task, traces = counting(), {}
    for cell in _each("--cell", chosen, names()):
        for units in widths:
            model = _model(cell, units, 0, task)
            name = f"{cell.lower()}-{units}" if len(widths) == 1 else f"{cell}, {units} units"
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
    command.add_argument("--open", action="store_true", help="open the page in a browser at the end")
    command.set_defaults(run=tour)
    _add_render(commands)
    _add_export(commands)
    _add_animate(commands)
    return parser


def _add_render(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("render", help="draw views of every cell, or of a trace, into files")
    command.add_argument("out", metavar="OUT", help="folder to write to; for one picture a file: .png, .svg or .pdf")
    command.add_argument(
        "--trace", help="a trace that Trace.save wrote (.npz), in place of samples that are trained here"
    )
    command.add_argument("--view", nargs="+", help="which views (all)")
    command.add_argument("--cell", nargs="+", help="which cells (all that are registered)")
    command.add_argument("--format", help="svg, png, pdf, or several with commas (that of OUT, or svg)")
    command.add_argument("--sheet", action="store_true", help="every view on one sheet, small: a .png")
    command.add_argument("--dpi", type=int, default=150, help="pixels per inch (150)")
    _add_moment(command)
    command.set_defaults(run=render)


def _add_export(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("export", help="write a page that steps through traces without a kernel")
    command.add_argument("trace", nargs="+", metavar="TRACE", help="one to five traces that Trace.save wrote (.npz)")
    command.add_argument("out", metavar="PAGE", help="file to write (.html)")
    for name in ("epochs", "units", "samples"):
        command.add_argument(f"--{name}", type=int, help=f"how many {name} go into the page")
    command.set_defaults(run=export)


def _add_animate(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("animate", help="write an animation of traces")
    command.add_argument("trace", nargs="+", metavar="TRACE", help="one to five traces that Trace.save wrote (.npz)")
    command.add_argument("out", metavar="FILM", help="file to write: .gif, or with ffmpeg .mp4 or .webm")
    command.add_argument("--view", help="which view (cell; over the training: gates)")
    command.add_argument("--over", default="time", help="time, phase or training (time)")
    command.add_argument("--fps", type=float, help="moments per second")
    _add_moment(command)
    command.set_defaults(run=animation)


def _add_moment(command: argparse.ArgumentParser) -> None:
    for name in ("epoch", "sample", "time"):
        command.add_argument(f"--{name}", type=int, help=f"{name} of the moment")
    command.add_argument("--unit", type=_unit, help="unit of the moment, or largest: that farthest from zero there")
    for name in ("layer", "phase"):
        command.add_argument(f"--{name}", help=f"{name} of the moment")
    command.add_argument("--direction", default="forward", help="forward or backward (forward)")


def _unit(text: str) -> int | str:
    """Return the number of a unit; a word is for `Cursor` to know."""
    try:
        return int(text)
    except ValueError:
        return text


def _model(cell: str, units: int, seed: int, task: Task) -> Sequential:
    from rnnscope.cells import names
    from rnnscope.checks import one_of
    from rnnscope.models.dense import Dense
    from rnnscope.models.recurrent import layer_class
    from rnnscope.models.sequential import Sequential

    layer = layer_class(one_of("--cells", cell, names()))
    first = layer(units, return_sequences=True, input_shape=task.x.shape[1:])
    model = Sequential([first, layer(units), Dense(1)], seed=seed)
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
    for title, windows, targets in (("learned", task.x, task.y), ("unseen", task.unseen, task.unseen_y)):
        for k, (window, output) in enumerate(zip(windows, model.predict(windows), strict=True)):
            numbers = ", ".join(f"{value:2g}" for value in window.ravel())
            right = "" if targets is None else f"   (right: {targets[k, 0]:g})"
            print(f"  {title:8}{numbers}  -> {output[0]:7.3f}{right}")


def _write(folder: Path, traces: dict[str, Trace]) -> list[str]:
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
            f"  {name}.gif: one window of numbers, phase by phase; {name}-training.gif: how its gates became what they "
            f"are; {name}-gates-*.png: the gates of each layer over time; {name}-training.png: loss and predictions"
        )
    page = folder / "index.html"
    export_html(traces, page, title="What happened inside: " + ", ".join(traces))
    lines.append(f"  index.html: all of it, to step through. Open it in a browser: {page.resolve().as_uri()}")
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
