"""The sequence tasks: small enough to see through, each in a file of its own."""

from rnnscope.tasks.counting import counting
from rnnscope.tasks.task import Task

__all__ = ["Task", "counting"]
