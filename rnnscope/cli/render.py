"""`rnnscope render`: views of every cell, or of a trace, as files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rnnscope.cli.common import add_moment, cursor_of, each, loaded
from rnnscope.languages import tr

if TYPE_CHECKING:
    from rnnscope.trace import Cursor, Trace

FORMATS = ("svg", "png", "pdf")
SAMPLE_EPOCHS = 30
"""The nets of samples are trained for so many epochs."""


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
    cursor = cursor_of(options)  # a faulty one is refused before anything is trained
    views = each("--view", options.view, VIEWS)
    nets = 1 if options.trace else len(each("--cell", options.cell, names()))
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
    cursor = cursor_of(options)
    traces = _given(options, (4, 300))
    path.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(traces, path, cursor)
    print(tr("wrote {path}", path=path))
    return 0


def _given(options: argparse.Namespace, widths: Sequence[int]) -> dict[str, Trace]:
    """Return the trace that was given, or samples."""
    return loaded([options.trace]) if options.trace else _samples(options.cell, widths)


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
        print(tr("left out {name}: {error}", name=paths[0].stem, error=error))
        return
    if not is_file:
        paths[0].parent.mkdir(parents=True, exist_ok=True)
    for path in paths:
        figure.savefig(path, dpi=options.dpi)
        print(tr("wrote {path}", path=path))


def _format(name: str) -> str:
    from rnnscope.checks import one_of

    return one_of("--format", name.strip().lower(), FORMATS)


def _samples(chosen: Sequence[str] | None, widths: Sequence[int]) -> dict[str, Trace]:
    """Train every registered cell, or those that were chosen, as samples of what the views show."""
    from rnnscope.cells import names
    from rnnscope.races.nets import net_of
    from rnnscope.tasks.counting import counting

    task, traces = counting(), {}
    for cell in each("--cell", chosen, names()):
        for units in widths:
            model = net_of(task, cell, replace(task.settings, units=units))
            name = f"{cell.lower()}-{units}"
            if len(widths) > 1:
                name = tr("{cell}, {count} units", cell=cell, count=units)
            print(tr("training {name}", name=name))
            traces[name] = model.fit(task.x, task.y, epochs=SAMPLE_EPOCHS, verbose=0)
    return traces


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
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
    add_moment(command)
    command.set_defaults(run=render)
