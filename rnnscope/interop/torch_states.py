"""State dicts of PyTorch: a model out of the names and shapes of its weights, and the names for a model of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, permutations
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.checks import one_of
from rnnscope.engine.dense import OUTPUT_ACTIVATIONS
from rnnscope.files import ending, replacing
from rnnscope.interop import safetensors
from rnnscope.interop.plan import FoundModel
from rnnscope.interop.pytorch import LAYERS
from rnnscope.interop.torch_weights import (
    Arrays,
    Weighted,
    embedding,
    ending_with,
    kind_of,
    linear,
    plan_of,
    recurrent,
    theirs,
    with_activation,
)

if TYPE_CHECKING:
    from rnnscope.models.layer import Layer
    from rnnscope.models.stack import Stack

RECURRENT = re.compile(r"(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(_l\d+(_reverse)?)?$")
STACKED = re.compile(r"(.+)_(l\d+)$")
"""The name of a layer that was one of several in a module."""

UNNAMED = "rnn"
"""What a module without a name is called."""

PLAIN = ("Activation", "Dense", "Dropout", "Embedding", "Flatten")
"""Layers without a loop that PyTorch has too."""

NONLINEARITIES = ("tanh", "relu")
MOST = 6
"""So many layers are tried in every order; of more, the order has to be said."""


def read_state(
    path: Path,
    dtype: str | None,
    layers: Sequence[str] | None,
    nonlinearity: str | None,
    return_sequences: bool,
) -> FoundModel:
    """Return the model of a `.safetensors` file; see `rs.load`."""
    arrays = dict(sorted(safetensors.read(path).items()))
    if not arrays:
        raise ValueError("it holds no arrays")
    types = {array.dtype.name for array in arrays.values()}
    if dtype is None and (len(types) > 1 or not types <= {"float32", "float64"}):
        raise ValueError(f'it has numbers of type {", ".join(sorted(types))}; give dtype="float32" to compute in that')
    modules = _by_module(arrays)
    order = _order(modules) if layers is None else _given(modules, layers)
    found: list[Weighted] = []
    for k, name in enumerate(order):
        if name in modules:
            found += _layers(name, modules[name], nonlinearity, is_first=k == 0)
        else:
            with_activation(found, name, name)
    return FoundModel(plan_of(path.stem, ending_with(found, return_sequences), dtype or types.pop()), None)


def _by_module(arrays: Arrays) -> dict[str, dict[str, np.ndarray]]:
    """Return the arrays of every module, by their names in it."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for key, array in arrays.items():
        prefix, _, name = key.rpartition(".")
        if not RECURRENT.match(name) and (name, array.ndim) not in (("weight", 2), ("bias", 1)):
            raise ValueError(f"{key}, of shape {array.shape}, is no weight of a recurrent, linear or embedding layer")
        found.setdefault(prefix, {})[name] = array
    for name, own in found.items():
        if "weight" not in own:
            kind_of(name, own)  # the shapes fit together
        elif own.get("bias", own["weight"]).shape[0] != own["weight"].shape[0] or set(own) > {"weight", "bias"}:
            raise ValueError(f"{name}: expected a weight and a bias; got {', '.join(own)}")
    return found


def _layers(name: str, arrays: Arrays, nonlinearity: str | None, is_first: bool) -> list[Weighted]:
    """Return the layers of a module."""
    if "weight" not in arrays:
        kind = kind_of(name, arrays)
        if kind == "RNN" and nonlinearity is None:
            raise ValueError(
                f"{name} is an nn.RNN, and the file does not say with which function: give "
                'nonlinearity="tanh", which is that of PyTorch where none was chosen, or nonlinearity="relu"'
            )
        return list(recurrent(name or UNNAMED, kind, arrays, nonlinearity or "tanh"))
    return [embedding(name, arrays) if is_first and "bias" not in arrays else linear(name, arrays)]


def _given(modules: Mapping[str, Arrays], layers: Sequence[str]) -> list[str]:
    """Return an order that somebody gave, with functions between the modules."""
    if isinstance(layers, str) or not isinstance(layers, Sequence):
        raise TypeError(f"layers: expected a list of names, such as {list(modules)}; got {layers!r}")
    order = [one_of("layers", name, [*modules, *OUTPUT_ACTIVATIONS]) for name in layers]
    if sorted(name for name in order if name in modules) != sorted(modules):
        raise ValueError(f"layers: expected each of {', '.join(modules)} once; got {', '.join(order)}")
    return order


def _order(modules: Mapping[str, Arrays]) -> list[str]:
    """Return the order in which what one module puts out is what the next one reads, if there is one such order."""
    names = list(modules)
    dense = [name for name, own in modules.items() if "weight" in own and "bias" in own]
    example = f"layers=[{', '.join(repr(name) for name in sorted(names, key=dense.__contains__))}]"
    advice = f'say the order from the input up, with the functions between them (such as "relu"): {example}'
    if len(names) > MOST or len(dense) > 1:  # between two of them there is a function
        raise ValueError(f"the file does not say in which order its layers stand: {advice}")
    found = [order for order in permutations(names) if _fits([modules[name] for name in order])]
    if len(found) != 1 or not set(dense) <= {found[0][-1]}:
        words = "one order, with a function perhaps" if len(found) == 1 else f"{len(found) or 'no'} orders"
        raise ValueError(f"its layers fit together in {words}: {advice}")
    return list(found[0])


def _fits(chain: Sequence[Arrays]) -> bool:
    """Say whether each module of a chain reads what the one before it puts out."""
    ends = [_ends(arrays, k == 0) for k, arrays in enumerate(chain)]
    return all(below[1] == above[0] for below, above in pairwise(ends))


def _ends(arrays: Arrays, is_first: bool) -> tuple[int, int]:
    """Return how many numbers a module reads and puts out at a time step."""
    if "weight" in arrays:
        above, below = arrays["weight"].shape
        return (1, below) if is_first and "bias" not in arrays else (below, above)
    first = arrays.get("weight_ih_l0", arrays.get("weight_ih"))
    units = arrays.get("weight_hh_l0", arrays.get("weight_hh")).shape[1]
    return first.shape[1], units * (2 if any(key.endswith("_reverse") for key in arrays) else 1)


# ------------------------------------------------------------------------------------------------------------ writing


def save_state(model: Stack, path: str | PathLike[str]) -> None:
    """Write the weights of a model as PyTorch calls them; see `Sequential.save`."""
    ending(path, [".safetensors"])
    content = safetensors.serialized(state_of(model))
    with replacing(path) as file:
        file.write(content)


def state_of(model: Stack) -> dict[str, np.ndarray]:
    """Return the weights of a model by the names that they have in a module of PyTorch; see `to_torch_state_dict`."""
    return {name: array for layer in model.layers for name, array in _state(layer)}


def _state(layer: Layer) -> Iterator[tuple[str, np.ndarray]]:
    """Go through the weights of a layer."""
    if layer.kind == "TimeDistributed":
        yield from ((f"{layer.name}.{key}", array) for key, array in _plain(layer.layer.kind, layer.get_weights()))
    elif layer.kind in LAYERS or layer.kind == "Bidirectional":
        yield from _recurrent_state(layer)
    elif layer.kind == "Masking" or getattr(layer, "mask_zero", False):
        raise ValueError(f"layer {layer.name!r}: expected layers that PyTorch has; it has no masks")
    elif layer.kind in PLAIN:
        yield from ((f"{layer.name}.{key}", array) for key, array in _plain(layer.kind, layer.get_weights()))
    else:
        raise ValueError(f"model: expected layers that PyTorch has; it has no {layer.kind} ({layer.name!r})")


def _plain(kind: str, weights: Sequence[np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Go through the weights of a layer without a loop."""
    for name, array in zip(("weight", "bias"), weights, strict=False):
        yield name, array.T if kind == "Dense" else array


def _recurrent_state(layer: Layer) -> Iterator[tuple[str, np.ndarray]]:
    """Go through the weights of a recurrent layer, in one direction or in both."""
    found = STACKED.match(layer.name)
    module, suffix = found.groups() if found else (layer.name, "l0")
    directions = [layer] if layer.kind in LAYERS else [layer.forward_layer, layer.backward_layer]
    if getattr(layer, "merge_mode", "concat") != "concat":
        raise ValueError(f"layer {layer.name!r}: expected merge_mode='concat', as in PyTorch; got {layer.merge_mode!r}")
    for own, end in zip(directions, ("", "_reverse"), strict=False):
        _check_in_torch(own, layer.name, goes_backwards=bool(end))
        kind, (kernel, recurrent_kernel, *bias) = LAYERS[own.kind], own.get_weights()
        yield f"{module}.weight_ih_{suffix}{end}", theirs(kind, kernel)
        yield f"{module}.weight_hh_{suffix}{end}", theirs(kind, recurrent_kernel)
        for array in bias:
            rows = array if array.ndim == 2 else (array, np.zeros_like(array))
            for part, row in zip(("bias_ih", "bias_hh"), rows, strict=True):
                yield f"{module}.{part}_{suffix}{end}", theirs(kind, row)


def _check_in_torch(layer: Layer, name: str, goes_backwards: bool) -> None:
    """Refuse options that the layers of PyTorch do not have."""
    if layer.kind not in LAYERS:
        raise ValueError(f"model: expected layers that PyTorch has; it has no {layer.kind} ({name!r})")
    own = layer.options()
    wanted = {"activation": "tanh", "recurrent_activation": "sigmoid", "reset_after": True}
    wanted["go_backwards"] = goes_backwards
    if LAYERS[layer.kind] == "RNN" and own["activation"] in NONLINEARITIES:
        wanted["activation"] = own["activation"]
    for key, value in wanted.items():
        if own.get(key, value) != value:
            text = f"expected {key}={value!r}, as PyTorch's {LAYERS[layer.kind]} has it; got {own[key]!r}"
            raise ValueError(f"layer {name!r}: {text}")
