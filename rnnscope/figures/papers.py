"""Pictures that are drawn once for several papers: each of their colours stands for one on every paper.

What depends on the paper goes through the functions of `style.py` and `scale.py` that are `twofold`. While a picture is
drawn for several `Papers`, such a function is asked once for every paper, and returns a colour that stands for what it
answered: nearly always the answer for the first paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_hex, to_rgba


class Papers:
    """The colours of pictures that are drawn once for several papers.

    Parameters
    ----------
    looks
        The rcParams that make each paper, and those that all have.

    Examples
    --------
    >>> from rnnscope.figures.style import faint, ink
    >>> papers = Papers([{"text.color": "#000000"}, {"text.color": "#ffffff"}])
    >>> with papers.drawing():
    ...     colour = ink()
    >>> colour, papers.of(colour)
    ('#000000', ('#000000', '#ffffff'))
    """

    def __init__(self, looks: Sequence[Mapping[str, Any]]) -> None:
        self.looks = [dict(look) for look in looks]
        own = {name for look in self.looks for name in look if any(look[name] != one.get(name) for one in self.looks)}
        self._own = [{name: look[name] for name in own} for look in self.looks]
        self._of: dict[str, tuple[str, ...]] = {}
        self._codes: dict[tuple[str, ...], str] = {}
        self._answers: dict[tuple, Any] = {}

    def of(self, colour: str) -> tuple[str, ...]:
        """Return what a colour of a picture is on each paper: itself, unless it depends on the paper."""
        return self._of.get(colour, (colour,) * len(self.looks))

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw pictures for all papers inside of the block, which may lie in another one."""
        global _current
        if _current is self:
            yield
            return
        before = {name: dict.__getitem__(matplotlib.rcParams, name) for name in self.looks[0]}
        outer, _current = _current, self
        dict.update(matplotlib.rcParams, self.looks[0])  # checked when they were made
        try:
            yield
        finally:
            _current = outer
            dict.update(matplotlib.rcParams, before)

    def answer(self, work: Callable[..., Any], args: tuple) -> Any:
        """Return what stands for what a function answers on each paper."""
        global _current
        key = work, *((each.tobytes(), each.shape) if isinstance(each, np.ndarray) else each for each in args)
        if key not in self._answers:
            found, _current = [], None
            try:
                for place, own in enumerate(self._own):
                    dict.update(matplotlib.rcParams, own)
                    found.append(work(*(self._part(each, place) for each in args)))
            finally:
                _current = self
                dict.update(matplotlib.rcParams, self._own[0])
            self._answers[key] = self._standing_for(found)
        return self._answers[key]

    def _part(self, value: Any, place: int) -> Any:
        """Return what an argument of a function is on a paper: a colour, colours as rows, or anything else."""
        if isinstance(value, str):
            return self.of(value)[place]
        if not isinstance(value, np.ndarray):
            return value
        rows = value.reshape(-1, value.shape[-1])
        return np.array([_row(self.of(to_hex(row[:3]))[place], row) for row in rows]).reshape(value.shape)

    def _standing_for(self, found: Sequence[Any]) -> Any:
        """Return one answer that stands for several."""
        if isinstance(found[0], str):
            return self._code(tuple(found))
        rows = [answer.reshape(-1, answer.shape[-1]) for answer in found]
        codes = [self._code(tuple(to_hex(row[:3]) for row in each)) for each in zip(*rows, strict=True)]
        return np.array([_row(code, row) for code, row in zip(codes, rows[0], strict=True)]).reshape(found[0].shape)

    def _code(self, colours: tuple[str, ...]) -> str:
        """Return the colour that stands for those on the papers: the first, or one beside it if that is taken."""
        if colours not in self._codes:
            code = colours[0]
            while code in self._of:
                code = f"#{(int(code[1:], 16) ^ 1 if code == colours[0] else int(code[1:], 16) + 2) % (1 << 24):06x}"
            self._codes[colours], self._of[code] = code, colours
        return self._codes[colours]


def _row(colour: str, like: np.ndarray) -> np.ndarray:
    """Return a colour as a row of numbers, as opaque as another one."""
    if to_hex(like[:3]) == colour:
        return like
    return np.array([*to_rgba(colour)[:3], *like[3:]])


_current: Papers | None = None


def twofold(work: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of colours that depends on the paper answer for all papers, where a picture is for several."""

    @wraps(work)
    def answered(*args: Any) -> Any:
        return work(*args) if _current is None else _current.answer(work, args)

    return answered
