"""The arguments of layers as Keras takes them: in its order too, and with a hint where one has another name."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

TRAINABLE = "trainable"
"""Every layer takes it."""

WITH_SAMPLES = "batch_input_shape"
"""What Keras 2 calls the shape of a batch; the number of samples is not needed."""

WITHOUT_EFFECT = ("implementation", "unroll", "use_cudnn")
"""What says how Keras computes, and changes no number."""

INSTEAD = {
    "batch_shape": "say it in rs.Input(batch_shape=...), as the first layer",
    "dtype": "say it for the whole model: rs.Sequential(layers, dtype='float64')",
    "input_dim": "say input_shape=(time, feature)",
    "seed": "say it for the whole model: rs.Sequential(layers, seed=0)",
    "weights": "call set_weights when the layer is part of a model",
}
"""What is meant for names that a layer does not have."""

KERAS = (
    "activity_regularizer",
    "bias_constraint",
    "embeddings_constraint",
    "kernel_constraint",
    "lora_rank",
    "noise_shape",
    "recurrent_constraint",
)
"""What layers of Keras take besides; None stands for nothing."""

LIKE = 0.7
"""A name that is so much like another one stands for it."""


def named(init: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor of a layer that takes arguments by place as its class says, and refuses what it has not."""

    @functools.wraps(init)
    def checked(layer: Any, /, *given: Any, **options: Any) -> None:
        if type(layer).__init__ is not checked:  # called by the class below
            init(layer, *given, **options)
            return
        trainable = options.pop(TRAINABLE, True)
        init(layer, **_by_name(type(layer), given, options))
        if trainable is not True:
            layer.trainable = trainable

    return checked


def _by_name(kind: type, given: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all arguments by name."""
    parameters = signature(kind).parameters
    by_place = [name for name, own in parameters.items() if own.kind is Parameter.POSITIONAL_OR_KEYWORD]
    if len(given) > len(by_place):
        words = f"at most {len(by_place)} arguments without a name ({', '.join(by_place)})"
        raise TypeError(f"{kind.__name__}: expected {words}; got {len(given)}")
    found = dict(zip(by_place, given, strict=False))
    for name, value in _without_samples(kind, options).items():
        if name in found:
            raise TypeError(f"{kind.__name__}: {name}: expected it once; got it twice, the first time without its name")
        if name in parameters:
            found[name] = value
        elif name not in WITHOUT_EFFECT and not (name in KERAS and value is None):
            raise TypeError(_refusal(kind, name, list(parameters)))
    for name, own in parameters.items():
        if own.default is Parameter.empty and name not in found:
            raise TypeError(f"{kind.__name__}: expected {name}; got none")
    return found


def _without_samples(kind: type, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with `input_shape` in place of `batch_input_shape`, which has the number of samples in front."""
    shape = options.get(WITH_SAMPLES)
    if shape is None or "input_shape" in options:
        return dict(options)
    if isinstance(shape, str | bytes) or not isinstance(shape, Sequence) or len(shape) < 2:
        raise ValueError(f"{kind.__name__}: {WITH_SAMPLES}: expected (sample, time, feature); got {shape!r}")
    others = {name: value for name, value in options.items() if name != WITH_SAMPLES}
    return {**others, "input_shape": tuple(shape[1:])}


def _refusal(kind: type, name: str, there: Sequence[str]) -> str:
    if name in INSTEAD:
        hint = f". Leave it out, and {INSTEAD[name]}"
    elif name in KERAS:
        hint = ", which is not here: leave it out"
    else:
        nearest = difflib.get_close_matches(name, there, n=1, cutoff=LIKE)
        hint = f" (did you mean {nearest[0]!r}?)" if nearest else ""
    return f"{kind.__name__}: expected the arguments {', '.join(there)}; got {name!r}{hint}"
