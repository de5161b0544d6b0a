"""The averages of optimizers as Keras keeps them, so that training goes on where the other side stopped.

The number of steps and the learning rate come first; a schedule is kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rnnscope.engine.optimizers import Optimizer
    from rnnscope.models.stack import Stack


@dataclass(frozen=True)
class Averages:
    """How Keras keeps the averages of an optimizer, behind the number of its steps and the learning rate.

    Attributes
    ----------
    order
        Our names of the averages, in the order of Keras.
    by_weight
        Whether all averages of one weight array stand together, or one average of all weight arrays.
    factors
        What ours are multiplied by to be Keras's.
    """

    order: tuple[str, ...]
    by_weight: bool = False
    factors: Mapping[str, Callable[[Optimizer], float]] = field(default_factory=dict)


ADAM = Averages(("m", "v"), True, {"m": lambda own: 1 - own.beta_1, "v": lambda own: 1 - own.beta_2})
KEPT = {
    "Adagrad": Averages(("v",)),
    "Adam": ADAM,
    "AdamW": ADAM,
    "RMSprop": Averages(("v", "momentum", "mean")),
    "SGD": Averages(("momentum",)),
}
"""The optimizers whose averages are read and written, by the name of their class."""


def averages_of(model: Stack) -> list[np.ndarray]:
    """Return what Keras keeps of the optimizer of a model; nothing if it keeps it otherwise."""
    optimizer = model._optimizer
    if not _is_kept(optimizer):
        return []
    weights, factors = model.get_weights(), _factors(optimizer)
    flat = {name: optimizer._state.get(name, np.zeros(sum(w.size for w in weights))) for name in factors}
    parts = {name: _split(array * factors[name], weights) for name, array in flat.items()}
    rows = list(zip(*parts.values(), strict=True)) if KEPT[type(optimizer).__name__].by_weight else parts.values()
    rate = [] if optimizer.schedule else [np.asarray(optimizer.learning_rate, model.dtype)]
    own = (array.astype(model.dtype) for row in rows for array in row)
    return [np.asarray(optimizer.iterations, np.int64), *rate, *own]


def take_averages(model: Stack, found: Sequence[np.ndarray]) -> None:
    """Let the optimizer of a model go on with what Keras kept; it begins anew if that does not fit its weights."""
    optimizer = model._optimizer
    if not _is_kept(optimizer):
        return
    weights, factors = model.get_weights(), _factors(optimizer)
    names, by_weight = list(factors), KEPT[type(optimizer).__name__].by_weight
    count, arrays = len(names), list(found[1 if optimizer.schedule else 2 :])
    shapes = [w.shape for w in weights for _ in names] if by_weight else [w.shape for w in weights] * count
    if [array.shape for array in arrays] != shapes:
        return
    size = 1 if by_weight else len(weights)
    state = {}
    for k, name in enumerate(names):
        own = arrays[k::count] if by_weight else arrays[k * size : (k + 1) * size]
        state[name] = np.concatenate([array.ravel() for array in own]).astype(model.dtype) / factors[name]
    optimizer.iterations = int(found[0])
    optimizer._state = {name: state[name].astype(model.dtype) for name in optimizer.slots}


def _is_kept(optimizer: Optimizer | None) -> bool:
    """Say whether the averages of an optimizer are read and written."""
    return type(optimizer).__name__ in KEPT and not getattr(optimizer, "amsgrad", False)


def _factors(optimizer: Optimizer) -> dict[str, float]:
    """Return the factor of each average that an optimizer has, in Keras's order."""
    kept = KEPT[type(optimizer).__name__]
    return {name: kept.factors.get(name, lambda _: 1.0)(optimizer) for name in kept.order if name in optimizer.slots}


def _split(flat: np.ndarray, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return a flat array in the shapes of weights."""
    parts = np.split(flat, np.cumsum([w.size for w in weights])[:-1])
    return [part.reshape(w.shape) for part, w in zip(parts, weights, strict=True)]
