"""A class with its probability, as all pictures write it."""

from __future__ import annotations

import numpy as np

from rnnscope.analysis.classes import shares_of_classes
from rnnscope.languages import tr
from rnnscope.numbers import percent
from rnnscope.trace import Labels


def class_text(labels: Labels, outputs: np.ndarray, number: int | None = None) -> str:
    """Return a class, the likeliest if none is given, with its probability.

    Examples
    --------
    >>> class_text(Labels(classes=["negative", "positive"]), np.array([0.834]))
    'positive (83 %)'
    >>> class_text(Labels(), np.array([0.1, 0.7, 0.2]), 2)
    'class 2 (20 %)'
    """
    shares = shares_of_classes(outputs)
    number = int(shares.argmax()) if number is None else number
    return f"{labels.of_class(number)} ({share_text(shares[number])})"


def share_text(share: float) -> str:
    """Return a probability in percent.

    Examples
    --------
    >>> share_text(0.834), share_text(0.999), share_text(1.0), share_text(np.nan)
    ('83 %', '>99 %', '100 %', 'not finite')
    """
    return percent(float(share)) if np.isfinite(share) else tr("not finite")
