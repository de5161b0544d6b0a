"""Which outputs are probabilities of classes, which class a target means, and how often the right one is said."""

from __future__ import annotations

import numpy as np

from rnnscope.trace import LayerTrace, Trace

PROBABILITIES = ("softmax", "sigmoid")
"""What these activations of a dense layer return is taken for probabilities."""


def puts_out_probabilities(layer: LayerTrace) -> bool:
    """Say whether what a layer puts out are probabilities: a dense one with softmax or sigmoid."""
    return not layer.is_recurrent and layer.options.get("activation") in PROBABILITIES


def class_of(target: np.ndarray) -> int:
    """Return the class that a target means: the place of its largest number, or the number that it is."""
    return int(np.argmax(target)) if target.size > 1 else int(target.ravel()[0])


def are_classes(trace: Trace) -> bool:
    """Say whether a net puts out probabilities of classes: by its last layer, and the targets if there are any."""
    last, count = trace[trace.layers[-1]], trace.predictions.shape[-1]
    if not puts_out_probabilities(last):
        return False
    if trace.y is None:
        return True
    if count > 1 and trace.y.shape == trace.predictions.shape[1:]:
        return bool(np.isin(trace.y, (0, 1)).all() and (trace.y.sum(axis=-1) == 1).all())
    return bool(np.isin(trace.y, range(max(count, 2))).all())


def in_data(trace: Trace, values: np.ndarray) -> np.ndarray:
    """Return predictions or targets in the units of the data; those of classes as they are, which have none."""
    return values if are_classes(trace) else trace.labels.in_units(values)


def shares_of_classes(outputs: np.ndarray) -> np.ndarray:
    """Return the probability of every class, (…, class): of a single one, also that of its not being so."""
    return np.concatenate([1 - outputs, outputs], axis=-1) if outputs.shape[-1] == 1 else outputs


def right_answers(trace: Trace, place: int) -> np.ndarray | None:
    """Return where the largest output is the right class, (sample,) or (sample, time), at an epoch by its place.

    It is None if there are no classes, or no targets, or a prediction is not finite.
    """
    found = trace.predictions[place]
    if trace.y is None or not are_classes(trace) or not np.isfinite(found).all():
        return None
    said = shares_of_classes(found).argmax(axis=-1)
    targets = trace.y.reshape(len(trace.y), *found.shape[1:-1], -1)
    return said == (targets.argmax(axis=-1) if targets.shape[-1] > 1 else targets[..., 0])
