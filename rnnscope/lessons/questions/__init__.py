"""The kinds of questions, each a class in a file of its own (found by this folder)."""

from rnnscope.discovery import classes
from rnnscope.lessons.questions.question import Question

KINDS = {own.kind: own for own in classes(__name__, __path__, Question) if "kind" in vars(own)}
"""The class of each kind of question, by its name in lesson files."""

__all__ = ["KINDS", "Question"]
