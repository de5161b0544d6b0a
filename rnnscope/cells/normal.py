"""The normal distribution function, which NumPy lacks, to the last digits, also far out where it is nearly 0.

It is `erfc(−z/√2)/2`, and erfc a quotient of polynomials in each of three ranges, times `exp(−z²/2)` in the outer two.

Source: W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23, 1969.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

NEAR, FAR = 0.46875, 4.0
"""Where the ranges of |z|/√2 meet."""

INNER = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
OUTER = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip
"""Coefficients of numerator and denominator, from the highest power down."""


def distribution(z: np.ndarray) -> np.ndarray:
    """Return the share of a normal distribution that lies below z."""
    size = np.abs(z)
    y = size * math.sqrt(0.5)
    inner = 0.5 * z * math.sqrt(0.5) * _quotient(INNER, np.minimum(y, NEAR) ** 2)
    middle = _quotient(MIDDLE, np.clip(y, NEAR, FAR))
    far = np.maximum(y, FAR)
    square = 1 / (far * far)
    outer = (1 / math.sqrt(math.pi) - square * _quotient(OUTER, square)) / far
    beyond = 0.5 * _exp_of_square(size) * np.where(y <= FAR, middle, outer)
    return np.where(y <= NEAR, 0.5 + inner, np.where(z < 0, beyond, 1 - beyond))


def density(z: np.ndarray) -> np.ndarray:
    """Return the density of the normal distribution."""
    return _exp_of_square(z) / math.sqrt(2 * math.pi)


def _exp_of_square(z: np.ndarray) -> np.ndarray:
    """Return `exp(−z²/2)`; the square is split into one that is exact and a small rest."""
    coarse = np.trunc(16 * z) / 16
    return np.exp(-0.5 * coarse * coarse) * np.exp(-0.5 * (z - coarse) * (z + coarse))


def _quotient(coefficients: tuple[Sequence[float], Sequence[float]], x: np.ndarray) -> np.ndarray:
    above, below = (_polynomial(each, x) for each in coefficients)
    return above / below


def _polynomial(coefficients: Sequence[float], x: np.ndarray) -> np.ndarray:
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total
