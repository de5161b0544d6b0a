"""A picture that stands still: it shows no moment of a trace, and its words are given to it."""

from __future__ import annotations

from typing import Any

from rnnscope.figures.picture import Picture


class StillPicture(Picture):
    """A picture without views.

    Parameters
    ----------
    title
        What it shows, in a sentence.
    words
        The numbers that it shows, as text.
    **options
        What a matplotlib figure takes.
    """

    def __init__(self, title: str, words: str, **options: Any) -> None:
        super().__init__(**options)
        self._title, self._words = title, words

    @property
    def title(self) -> str:
        """What it shows, in a sentence."""
        return self._title

    @property
    def alt(self) -> str:
        """What it shows, in words and numbers."""
        return f"{self._title}\n{self._words}"
