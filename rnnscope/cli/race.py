"""`rnnscope race`: which cell solves a task, how often, and how soon."""

from __future__ import annotations

import argparse

from rnnscope.cli.common import TaskOption
from rnnscope.languages import tr


def race(options: argparse.Namespace) -> int:
    """Train nets of several cells on a task, with several seeds; print the table, and draw it."""
    from rnnscope.files import check_place, ending
    from rnnscope.races import race as run
    from rnnscope.tasks.spelling import task_of

    if options.out is not None:  # a faulty name is refused before anything is trained
        ending(options.out, (".png", ".svg", ".pdf"))
        check_place(options.out)
    task = task_of(options.task)
    print(task.describe())
    names = ("cells", "units", "layers", "epochs", "seeds", "jobs", "folder")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    found = run(task, **given)
    print(found)
    if options.out is not None:
        found.figure().savefig(options.out)
        print(tr("wrote {path}", path=options.out))
    return 0


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    command = commands.add_parser("race", help="train several cells on a task, with several seeds, and compare them")
    command.add_argument("task", metavar="TASK", action=TaskOption)
    command.add_argument("--cells", nargs="+", metavar="CELL", help="cells (those of every course)")
    command.add_argument("--seeds", type=int, help="runs of each cell (5)")
    for name in ("units", "layers", "epochs"):
        command.add_argument(f"--{name}", type=int, help=f"{name} (those that suit the task)")
    command.add_argument("--jobs", type=int, help="runs that are trained at once (one for each core)")
    command.add_argument("--folder", help="folder in which finished runs are kept, and from which a race goes on")
    command.add_argument("--out", metavar="PICTURE", help="picture to write: .png, .svg or .pdf")
    command.set_defaults(run=race)
