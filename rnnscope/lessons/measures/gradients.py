"""Measures of the gradient on its way back."""

from __future__ import annotations

import numpy as np

from rnnscope.lessons.measures.measure import NUMBER, SHARE, counted_steps, measure, named_quantity, named_state
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment


@measure(SHARE, "gradients", "steps")
def gradient_share(moment: Moment, state: str = "memory") -> float:
    """The size of the gradient by a state at the first time step, beside that at the last: of the norm."""
    norms = _norms(moment, state)
    return norms[0] / norms[-1]


@measure(SHARE, "gradients", "steps")
def gradient_factor(moment: Moment, state: str = "memory") -> float:
    """By what the gradient by a state is multiplied per time step on its way back, in the geometric mean."""
    norms = _norms(moment, state)
    return (norms[0] / norms[-1]) ** (1 / (len(norms) - 1))


@measure(NUMBER, "gradients")
def gradient(moment: Moment, quantity: str = "") -> float:
    """The norm of the gradient of the loss by a quantity, over all units."""
    return norm_of(moment.layer.grad[named_quantity(moment, quantity)][moment.run][moment.time])


@measure(SHARE)
def power(moment: Moment, base: float = 0.5) -> float:
    """A number multiplied by itself once for each time step between the first one and the last: base^(T − 1)."""
    return base ** (len(counted_steps(moment)) - 1)


def _norms(moment: Moment, state: str) -> np.ndarray:
    """Return the norm of the gradient by a state at the time steps that count, in the order of reading."""
    gradients = moment.layer.grad[named_state(moment, state)][moment.run][counted_steps(moment)]
    return norm_of(gradients)
