"""The sequence tasks: small enough to see through, each in a file of its own (found by this folder)."""

from rnnscope.discovery import functions
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task

_found = functions(__name__, __path__)
globals().update(_found)
NAMES = tuple(_found)
"""The names of the tasks."""

__all__ = ["Settings", "Task", *_found]
