"""Which outputs are probabilities of classes, and which class a target means."""

from __future__ import annotations

import numpy as np

from rnnscope.trace import LayerTrace

PROBABILITIES = ("softmax", "sigmoid")
"""What these activations of a dense layer return is taken for probabilities."""


def puts_out_probabilities(layer: LayerTrace) -> bool:
    """Say whether what a layer puts out are probabilities: a dense one with softmax or sigmoid."""
    return not layer.is_recurrent and layer.options.get("activation") in PROBABILITIES


def class_of(target: np.ndarray) -> int:
    """Return the class that a target means: the place of its largest number, or the number that it is."""
    return int(np.argmax(target)) if target.size > 1 else int(target.ravel()[0])
