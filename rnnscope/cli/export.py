"""`rnnscope export`: a page that steps through traces, or a lesson on one."""

from __future__ import annotations

import argparse

from rnnscope.cli.common import loaded
from rnnscope.languages import tr


def export(options: argparse.Namespace) -> int:
    """Write a page that steps through traces without a kernel."""
    from rnnscope.export import export_html

    given = {name: getattr(options, name) for name in ("epochs", "units", "samples", "lesson")}
    export_html(loaded(options.trace), options.out, **given)
    print(tr("wrote {path}", path=options.out))
    return 0


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    command = commands.add_parser("export", help="write a page that steps through traces without a kernel")
    command.add_argument("trace", nargs="+", metavar="TRACE", help="one to five traces that Trace.save wrote (.npz)")
    command.add_argument("out", metavar="PAGE", help="file to write (.html)")
    for name in ("epochs", "units", "samples"):
        command.add_argument(f"--{name}", type=int, help=f"how many {name} go into the page")
    command.add_argument(
        "--lesson", metavar="NAME", help="a lesson on one trace, or a file of one (.toml): see rs.lessons"
    )
    command.set_defaults(run=export)
