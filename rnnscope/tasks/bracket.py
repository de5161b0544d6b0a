"""Brackets: is every bracket that was opened closed again?"""

from __future__ import annotations

import numpy as np

from rnnscope.checks import positive_int
from rnnscope.languages import noted
from rnnscope.tasks.rows import different, shared_out
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels

SOLVED = 0.98
"""The share of right answers."""

TRIES = 8
"""So many times rows are drawn to find different ones."""


def bracket(depth: int = 4, length: int | None = None, samples: int = 512, unseen: int = 128, seed: int = 0) -> Task:
    """Return the task to say whether all brackets of a row are closed at its end.

    With `xₜ = 1` for an opening and `−1` for a closing bracket, `d = Σₜ xₜ` are open; `y = 1` if `d = 0`, else 0. A net
    has to count up and down, as far as `depth`. Half of the rows are closed.

    Parameters
    ----------
    depth
        The most brackets that are open at any time, at least 2.
    length
        How many brackets a row has, an even number of at least twice the depth; four times the depth by default.
    samples, unseen
        How many rows to train on, and how many to keep unseen; all are different. Of short rows there are fewer.
    seed
        What the rows are drawn from.

    Returns
    -------
    Task
        `x` (samples, length, 1) and `y` (samples, 1) in float32. Who does not look is right half the time; 98 % right
        counts as solved. Time steps are labelled with their brackets.

    Notes
    -----
    Dyck words of one kind of bracket, of bounded depth; see F. Gers and J. Schmidhuber, "LSTM recurrent networks learn
    simple context free and context sensitive languages", IEEE Transactions on Neural Networks 12 (2001).

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.bracket(depth=2)
    >>> "".join(task.labels.steps(0)), task.labels.of_class(int(task.y[0, 0]))
    ('(())()((', 'open')
    """
    depth, samples, unseen = (
        positive_int(name, value, least)
        for name, value, least in (("depth", depth, 2), ("samples", samples, 1), ("unseen", unseen, 1))
    )
    length = 4 * depth if length is None else positive_int("length", length, 2 * depth)
    if length % 2:
        raise ValueError(f"length: expected an even number of brackets; got {length}")
    rng = np.random.default_rng(positive_int("seed", seed, 0))
    rows = _half_closed(_different_walks(rng, samples + unseen, length, depth), samples + unseen)
    first = shared_out(len(rows), samples, unseen)
    x = rows[..., None].astype(np.float32)
    y = (rows.sum(axis=1, keepdims=True) == 0).astype(np.float32)
    names = [["(" if step > 0 else ")" for step in row] for row in rows]
    classes = [noted("open"), noted("closed")]
    return Task.split(
        "bracket",
        x,
        y,
        noted("say whether every bracket is closed at the end."),
        first,
        Labels(time=names, classes=classes),
        loss="binary_crossentropy",
        activation="sigmoid",
        measure="accuracy",
        solved=SOLVED,
        example=noted("{brackets} -> {answer}", brackets="".join(names[0]), answer=classes[int(y[0, 0])]),
        settings=Settings(epochs=100),
    )


def _different_walks(rng: np.random.Generator, wanted: int, length: int, depth: int) -> np.ndarray:
    """Return different rows of brackets, half as many as are wanted being closed, if so many are found."""
    rows = np.empty((0, length), int)
    for _ in range(TRIES):
        rows = different(np.concatenate([rows, _walks(rng, 4 * wanted, length, depth)]))
        is_closed = rows.sum(axis=1) == 0
        if 2 * min(is_closed.sum(), (~is_closed).sum()) > wanted:
            break
    return rows


def _walks(rng: np.random.Generator, count: int, length: int, depth: int) -> np.ndarray:
    """Return rows of brackets, (row, time) of 1 and −1, in which none is closed before it was opened."""
    rows, height = np.empty((count, length), int), np.zeros(count, int)
    for step in range(length):
        up = rng.integers(0, 2, count) == 1
        up = np.where(height == 0, True, np.where(height == depth, False, up))
        rows[:, step] = np.where(up, 1, -1)
        height += rows[:, step]
    return rows


def _half_closed(rows: np.ndarray, wanted: int) -> np.ndarray:
    """Return rows of which every second one is closed, as many as there are of the rarer kind, twice."""
    is_closed = rows.sum(axis=1) == 0
    count = min(is_closed.sum(), (~is_closed).sum(), -(-wanted // 2))
    pairs = np.stack([rows[~is_closed][:count], rows[is_closed][:count]], axis=1)
    return pairs.reshape(-1, rows.shape[1])[:wanted]
