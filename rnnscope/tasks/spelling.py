"""A task as it is written in one word: `recall`, `recall:20`, `echo:delay=3,length=12`."""

from __future__ import annotations

import inspect
from typing import Any

from rnnscope import tasks
from rnnscope.checks import describe, one_of
from rnnscope.tasks.task import Task


def task_of(text: str) -> Task:
    """Return the task that is meant.

    Parameters
    ----------
    text
        Its name, and after a colon its arguments, separated by commas, by place or by name. A task that takes text
        takes all that follows the colon.

    Raises
    ------
    ValueError, TypeError
        If there is no such task, or no such argument.

    Examples
    --------
    >>> task_of("recall:3").x.shape
    (512, 4, 1)
    >>> task_of("echo:delay=2,length=6").x.shape[1:], task_of("text:to be, or not to be").example
    ((6, 1), "'to b' -> 'e'")
    """
    name, _, given = text.partition(":")
    function = getattr(tasks, one_of("task", name, tasks.NAMES))
    parameters = inspect.signature(function).parameters
    takes_text = next(iter(parameters.values())).annotation == "str"
    entries = [given] if takes_text else given.split(",")
    positional, named = [], {}
    for entry in filter(None, entries):
        key, equals, value = ("", "", entry) if takes_text else entry.partition("=")
        if equals:
            named[one_of(f"task {name}", key.strip(), parameters)] = _value(value)
        else:
            positional.append(entry if takes_text else _value(entry))
    try:
        inspect.signature(function).bind(*positional, **named)
    except TypeError as error:
        wanted = f"{name}:{','.join(parameters)}"
        raise ValueError(f"task: expected {wanted}, or some of these; got {describe(text)}: {error}") from None
    return function(*positional, **named)


def _value(text: str) -> Any:
    """Return the number, the truth value or the word that is written."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return {"True": True, "False": False, "None": None}.get(text.strip(), text)
