"""What a lesson is, as it is written: stops with moment, text and question, for any trace that has what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rnnscope.lessons.measures import Asked
from rnnscope.lessons.questions import Question
from rnnscope.lessons.texts import Text
from rnnscope.lessons.variants import Variant


@dataclass(frozen=True)
class Stop:
    """One stop of a lesson.

    Attributes
    ----------
    where
        Where it stands, such as `lstm.toml: stop 3`.
    title, text
        Its heading and its text.
    also
        Texts that are shown too where a condition holds.
    at
        The moment, as it is written: what it does not say is that of the stop before.
    views
        Names of the views that are shown.
    question
        What is asked, or None.
    needs
        What it needs of a trace, beside what its measures need.
    """

    where: str
    title: Text
    text: Text
    also: tuple[Variant, ...] = ()
    at: Mapping[str, Any] = field(default_factory=dict)
    views: tuple[str, ...] = ()
    question: Question | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Net:
    """The net that a lesson trains where there is no trace.

    Attributes
    ----------
    task, options
        Name of the task, and its arguments.
    layers
        The layers, each with its `kind` and its arguments; a dense one that suits the task is put behind them.
    epochs, learning_rate, seed
        How it is trained; without epochs it stays as it begins.
    padded
        Whether samples are cut short, each to another length, and filled up with zeros.
    """

    task: str
    options: Mapping[str, Any]
    layers: tuple[Mapping[str, Any], ...]
    epochs: int = 0
    learning_rate: float = 0.01
    seed: int = 0
    padded: bool = False


@dataclass(frozen=True)
class Lesson:
    """A lesson; `rs.lessons.read(path)` reads one from a file.

    Attributes
    ----------
    name
        The name of its file, without the ending.
    title, about
        Its heading, and what one can do afterwards.
    cells, quantities
        The kinds of cells that it is for, and the quantities that the layer has to have; nothing for any.
    needs
        What else it needs of a trace.
    measures
        Measures by the names that it gives them.
    net
        The net that it trains where there is no trace.
    stops
        Its stops.
    """

    name: str
    title: Text
    about: Text
    cells: tuple[str, ...]
    quantities: tuple[str, ...]
    needs: tuple[str, ...]
    measures: Mapping[str, Asked]
    net: Net
    stops: tuple[Stop, ...]
