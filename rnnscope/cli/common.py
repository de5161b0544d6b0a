"""What several commands share: traces out of files or made as samples, moments, and checks of options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnscope.trace import Cursor, Trace

MOMENT = ("epoch", "layer", "sample", "time", "unit", "phase", "direction")


def loaded(paths: Sequence[str]) -> dict[str, Trace]:
    """Return traces out of files, by the names of the files."""
    from rnnscope.trace import load_trace

    names = [Path(path).stem for path in paths]
    if len(set(names)) < len(names):
        raise ValueError(f"TRACE: expected files with names of their own; got {', '.join(names)}")
    return {name: load_trace(path) for name, path in zip(names, paths, strict=True)}


def cursor_of(options: argparse.Namespace) -> Cursor:
    """Return the moment that was asked for."""
    from rnnscope.trace import Cursor

    return Cursor(**{name: getattr(options, name) for name in MOMENT})


def each(argument: str, given: Sequence[str] | None, there: Sequence[str]) -> list[str]:
    """Return the names that were asked for, by default all."""
    from rnnscope.checks import one_of

    return [one_of(argument, name, there) for name in given or there]


def add_moment(command: argparse.ArgumentParser) -> None:
    """Add the options of a moment."""
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


class TaskOption(argparse.Action):
    """Keeps the task that is wanted; its help names all tasks, which are imported only when it is shown.

    Parameters
    ----------
    *names
        What argparse gives to an action.
    words
        What the help says behind the example.
    **options
        What argparse gives to an action.
    """

    def __init__(self, *names: Any, words: str = "", **options: Any) -> None:
        self.words = words
        super().__init__(*names, **options)

    def __call__(self, parser: object, namespace: argparse.Namespace, values: object, *_: object) -> None:
        """Keep it."""
        setattr(namespace, self.dest, values)

    @property
    def help(self) -> str:
        """What it is for."""
        from rnnscope import tasks

        return f"the task, with its arguments, as in recall:20{self.words}: {', '.join(tasks.NAMES)}"

    @help.setter
    def help(self, _: object) -> None:
        """Take nothing: argparse sets one when it makes an option."""
