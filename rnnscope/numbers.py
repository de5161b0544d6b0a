"""Numbers as all figures write them, and what they say of many numbers."""

from __future__ import annotations

import numpy as np

MOST_INPUTS = 8
"""So many numbers of a sample are written out."""

LARGE = 1e6
"""Numbers from this on are written with a power of ten."""


def written(value: float, digits: int = 3, *, zeros: bool = False) -> str:
    """Return a number with so many digits and a true minus sign; very small and very large ones as 1.2e−5 and 3.4e6.

    Zeros at the end are left out, unless `zeros` says that they are kept; zero itself has no sign.

    Examples
    --------
    >>> written(0.12345), written(-54321.0), written(1.2e-5), written(2e14), written(float("nan")), written(-0.0)
    ('0.123', '−54321', '1.2e−5', '2e14', 'NaN', '0')
    """
    value = value + 0.0  # −0.0 becomes 0.0
    size = abs(value)
    if not np.isfinite(value):
        text = "NaN" if np.isnan(value) else f"{value:g}".replace("inf", "∞")
    elif 0 < size < 1e-3 or size >= LARGE:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        text = f"{mantissa if zeros else f'{float(mantissa):g}'}e{int(exponent)}"
    else:
        text = f"{value:{'#' if zeros else ''}.{max(digits, len(f'{size:.0f}'))}g}".removesuffix(".")
    return text.replace("-", "−")


def percent(share: float) -> str:
    """Return a share in percent; what is nearly none or nearly all is not called 0 or 100.

    Examples
    --------
    >>> percent(0.734), percent(0.0), percent(0.001), percent(0.9999), percent(1.0), percent(0.034)
    ('73 %', '0 %', '<1 %', '>99 %', '100 %', '3 %')
    """
    near = "<1" if 0 < share < 0.01 else ">99" if 0.99 < share < 1 else f"{100 * share:.0f}"
    return f"{near} %"


def signed(value: float, digits: int = 2) -> str:
    """Return an amount with so many digits and its sign.

    Examples
    --------
    >>> signed(0.1234), signed(-2.0), signed(0.0)
    ('+0.12', '−2', '0')
    """
    return f"{'+' if value > 0 else ''}{written(float(value), digits)}"


def norm_of(array: np.ndarray) -> np.ndarray:
    """Return the Euclidean norm over the last axis; infinite where it is too large for a number."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.linalg.norm(array.astype(float), axis=-1)


def mean_of(values: np.ndarray) -> float:
    """Return the mean of the finite ones of some values, NaN if there are none."""
    known = values[np.isfinite(values)].astype(float)
    return float(known.mean()) if known.size else float("nan")


def vector_text(values: np.ndarray, digits: int = 3) -> str:
    """Return a single number as it is, and of several the Euclidean norm."""
    with np.errstate(over="ignore", invalid="ignore"):
        return written(float(values[0] if values.size == 1 else np.linalg.norm(values.astype(float))), digits)


def inputs_text(values: np.ndarray) -> str:
    """Return the numbers of an input one after the other, as they were given.

    Examples
    --------
    >>> inputs_text(np.array([[0.0], [-1.5]]))
    '0, −1.5'
    """
    return ", ".join(f"{value:g}" for value in values.ravel()).replace("-", "−")


def shortened(values: np.ndarray) -> str:
    """Return numbers one after the other, of many the first ones.

    Examples
    --------
    >>> shortened(np.array([0.0, 1.0])), shortened(np.arange(100.0))
    ('0, 1', '0, 1, 2, 3, 4, 5, 6, 7 …')
    """
    return inputs_text(values.ravel()[:MOST_INPUTS]) + (" …" if values.size > MOST_INPUTS else "")


def finite_span(*arrays: np.ndarray) -> tuple[float, float]:
    """Return from where to where the finite ones of some numbers go, zero included.

    Examples
    --------
    >>> finite_span(np.array([1.0, np.nan]), np.array([-2.0])), finite_span(np.array([np.inf]))
    ((-2.0, 1.0), (0.0, 0.0))
    """
    known = np.concatenate([np.zeros(1), *(array[np.isfinite(array)].astype(float) for array in arrays)])
    return float(known.min()), float(known.max())
