"""`rnnscope tour`: nets learn to count and then to remember, and it is written down what happened inside."""

from __future__ import annotations

import argparse
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rnnscope.cli import acts
from rnnscope.cli.common import TaskOption
from rnnscope.languages import tr

if TYPE_CHECKING:
    from rnnscope.tasks import Settings, Task
    from rnnscope.trace import Trace

CELLS = ("SimpleRNN", "LSTM", "GRU")
FIRST, SECOND = "counting", "recall"
"""The acts of a tour for which no task is chosen."""

SECOND_EPOCHS = 30
MOST_EPOCHS = 100
"""So many epochs are recorded at most; of longer training every second one, every third one …"""

MOST_SAMPLES = 8
"""So many samples are recorded at most, evenly chosen."""


def tour(options: argparse.Namespace) -> int:
    """Train every net, print what it learned, and write traces and pictures."""
    from rnnscope.tasks.spelling import task_of

    task = task_of(options.task or FIRST)
    given = {"epochs": options.epochs, "units": options.units}
    settings = replace(task.settings, **{name: value for name, value in given.items() if value is not None})
    folder = Path(options.out)
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"--out: expected a folder; {str(folder)!r} is a file")
    traces = _act(task, settings, options, folder)
    first, second, memory = _recorded(traces), task_of(SECOND), {}
    print()
    for line in acts.write(folder, first):
        print(line)
    if not options.task and not any(trace.stopped for trace in traces.values()):
        memory = _second(second, options, folder)
    if first:
        print(f"\n{acts.write_pages(folder, first, memory, second)}")
        if options.open:
            webbrowser.open((folder / "index.html").resolve().as_uri())
    return 0


def _second(task: Task, options: argparse.Namespace, folder: Path) -> dict[str, Trace]:
    """Let the same cells, in small nets, carry a number past others, and draw what was kept and what was lost."""
    print(f"\n=== {tr('And now: memory')} ===")
    epochs = SECOND_EPOCHS if options.epochs is None else min(SECOND_EPOCHS, options.epochs)
    traces = _recorded(_act(task, replace(task.settings, epochs=epochs), options, folder))
    for line in acts.write_memory(folder, task, traces):
        print(line)
    return traces


def _recorded(traces: dict[str, Trace]) -> dict[str, Trace]:
    """Return the traces in which something was recorded."""
    return {cell: trace for cell, trace in traces.items() if len(trace.epochs)}


def _act(task: Task, settings: Settings, options: argparse.Namespace, folder: Path) -> dict[str, Trace]:
    """Train a net of every cell, and print what it learned."""
    from rnnscope.races.nets import net_of
    from rnnscope.trace import Record
    from rnnscope.trace.record import evenly_spaced

    models = {cell: net_of(task, cell, settings, options.seed, argument="--cells") for cell in options.cells}
    folder.mkdir(parents=True, exist_ok=True)
    print(task.describe())
    every = -(-settings.epochs // MOST_EPOCHS)
    if every > 1:
        print(tr("Every {every}th epoch is recorded.", every=every))
    few = None if len(task.x) <= MOST_SAMPLES else evenly_spaced(len(task.x), MOST_SAMPLES)
    fitting = {"epochs": settings.epochs, "batch_size": settings.batch_size, "labels": task.labels}
    traces = {}
    for cell, model in models.items():
        print(f"\n--- {cell} ---")
        model.summary()
        traces[cell] = model.fit(task.x, task.y, record=Record(every=every, samples=few), **fitting)
        acts.report(model, traces[cell], task)
        if traces[cell].stopped and len(traces) < len(models):
            print(tr("The other nets are left out."))
            break
    return traces


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    command = commands.add_parser(
        "tour", help="train the three nets on the counting task, and write traces and pictures of what happened"
    )
    command.add_argument("--task", metavar="NAME", action=TaskOption, words=f" ({FIRST}, then {SECOND})")
    command.add_argument("--epochs", type=int, help="epochs of training (those that suit the task: 100)")
    command.add_argument("--units", type=int, help="units of each recurrent layer (those that suit the task: 300)")
    command.add_argument("--cells", nargs="+", default=CELLS, metavar="CELL", help=f"cells ({' '.join(CELLS)})")
    command.add_argument("--seed", type=int, default=0, help="seed of the start weights (0)")
    command.add_argument("--out", default="rnnscope-tour", help="folder to write to (rnnscope-tour)")
    command.add_argument("--open", action="store_true", help="open the page in a browser at the end")
    command.set_defaults(run=tour)
