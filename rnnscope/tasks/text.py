"""Text: the next character."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import describe, flag, number, positive_int
from rnnscope.languages import noted
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels


def text(string: str, length: int = 4, unseen: float = 0.2, *, one_hot: bool = True) -> Task:
    """Return the task to say the character that follows each window of a text.

    With the characters `s₀, s₁ …`, window k holds `sₖ … sₖ₊length₋₁`, and `sₖ₊length` is to be said, as a probability
    for every character that the text has.

    Parameters
    ----------
    string
        The text.
    length
        How many characters a window has.
    unseen
        The share of the windows, at the end of the text, that training never sees the answers of. A text that repeats
        itself has the same windows there again.
    one_hot
        True: features, one per character, of which one is 1. False: numbers of tokens, for an embedding.

    Returns
    -------
    Task
        `x` (window, length, character) in float32, or (window, length) of integers; `y` (window, 1), numbers of
        classes. The trivial answer is the most frequent character; solved is nine tenths of the way from there to all
        right. Labels hold the characters of each window, and those that may be said as classes.

    Notes
    -----
    J. Elman, "Finding structure in time", Cognitive Science 14 (1990).

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.text("hello world")
    >>> task.x.shape, "".join(task.labels.classes), task.example
    ((5, 4, 8), ' dehlorw', "'hell' -> 'o'")
    >>> rs.tasks.text("hello world", one_hot=False).x[0].tolist()
    [3, 2, 4, 4]
    """
    if not isinstance(string, str):
        raise TypeError(f"string: expected text; got {describe(string)}")
    length, one_hot = positive_int("length", length), flag("one_hot", one_hot)
    characters, count = sorted(set(string)), len(string) - length
    first = int(count * (1 - number("unseen", unseen, 0, 1, open_low=True)))
    if not 0 < first < count or len(characters) < 2:
        wanted = f"at least {length + 2} characters, two different ones among them"
        raise ValueError(f"string: expected {wanted}, one window to train on and one unseen; got {describe(string)}")
    numbers = np.array([characters.index(character) for character in string])
    windows = np.stack([numbers[k : k + length] for k in range(count)])
    x = np.eye(len(characters), dtype=np.float32)[windows] if one_hot else windows
    y = numbers[length:, None]
    rows = [list(string[k : k + length]) for k in range(count)]
    return Task.split(
        "text",
        x,
        y,
        noted("say the next character of a text."),
        first,
        Labels(time=rows, classes=characters),
        loss="sparse_categorical_crossentropy",
        activation="softmax",
        classes=len(characters),
        tokens=None if one_hot else len(characters),
        measure="accuracy",
        trivial_answer=noted("the most frequent character"),
        example=f"{string[:length]!r} -> {string[length]!r}",
        settings=Settings(epochs=100),
    )
