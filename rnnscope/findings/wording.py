"""Names and numbers as verdicts write them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

from rnnscope import numbers
from rnnscope.cells import Quantity
from rnnscope.cells.function_facts import FUNCTIONS
from rnnscope.languages import tr, trn
from rnnscope.trace import LayerTrace, Moment


def percent(share: float) -> str:
    """Return a share in percent, in words where it is nearly none or nearly all.

    Examples
    --------
    >>> percent(0.734), percent(0.001), percent(0.9999)
    ('73 %', 'less than 1 %', 'more than 99 %')
    """
    text = numbers.percent(share)
    if text.startswith("<"):
        return tr("less than {share}", share=text[1:])
    return tr("more than {share}", share=text[1:]) if text.startswith(">") else text


def points(difference: float) -> str:
    """Return a difference of two shares in percentage points, rounded up.

    Examples
    --------
    >>> points(-0.034), points(0.0004)
    ('4 percentage points', '1 percentage point')
    """
    return trn("{count} percentage point", "{count} percentage points", math.ceil(100 * abs(difference) - 1e-9))


def named(layer: LayerTrace, quantity: str) -> str:
    """Return a quantity with its title, such as `f (forget gate)`."""
    title = tr(layer.cell[quantity].title)
    return f"{quantity} ({title})" if title and title != quantity else quantity


def begins_with_vowel(name: str) -> bool:
    """Say whether the name of a cell has the article `an`, by how its first letter or syllable is spoken.

    Examples
    --------
    >>> [begins_with_vowel(name) for name in ("LRU", "GRU", "SimpleRNN", "Elman")]
    [True, False, False, True]
    """
    return name[0].upper() in ("AEFHILMNORSX" if name[:2].isupper() else "AEIOU")


def number(value: float) -> str:
    """Return a number with three digits."""
    return numbers.written(float(value))


def gates_of(layer: LayerTrace) -> list[str]:
    """Return the recorded gates of a layer that are shut at 0 and open at 1: none of their values is beyond."""
    return [q.name for q in layer.cell if q.role == "gate" and q.name in layer and _is_share(layer, q)]


def _is_share(layer: LayerTrace, gate: Quantity) -> bool:
    """Say whether a gate has values between 0 and 1: by its equation, or, if that has no upper end, as recorded."""
    if gate.ends is not None:
        return gate.ends == (0.0, 1.0)
    facts = FUNCTIONS.get(gate.equation.func)
    return facts is not None and facts.low == 0 and bool(layer.largest[gate.name] <= 1)


def of_cells(topic: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
    """Make a topic say nothing of a layer that is not recurrent."""

    @wraps(topic)
    def said(moment: Moment, **options: Any) -> Iterator[str]:
        return topic(moment, **options) if moment.layer.is_recurrent else iter(())

    return said


def known(*values: np.ndarray) -> bool:
    """Say whether all of some numbers are finite: of others nothing is said."""
    return all(np.isfinite(value).all() for value in values)
