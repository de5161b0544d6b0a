"""The weights of PyTorch's layers: what they are called, in which order their gates stand, and what they are here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnscope.interop.plan import LayerPlan, ModelPlan
from rnnscope.interop.pytorch import LAYERS
from rnnscope.languages import noted

Arrays = Mapping[str, np.ndarray]

OURS = {theirs: ours for ours, theirs in LAYERS.items()}

GATES = {"RNN": (0,), "LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2)}
"""Our gates among PyTorch's: its GRU has r, z, n where we have z, r, g. It is its own inverse."""

PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
"""The weights of one direction of one layer."""

ACTIVATIONS = {
    "ELU": "elu",
    "GELU": "gelu_exact",
    "Hardsigmoid": "hard_sigmoid",
    "LogSigmoid": "log_sigmoid",
    "LeakyReLU": "leaky_relu",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "Sigmoid": "sigmoid",
    "SiLU": "silu",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
}
"""Modules that are functions, by the name of the function here."""

NOTES = {
    "RNN": noted(
        "{layers} from PyTorch's nn.RNN: the two biases of each gate, bias_ih and bias_hh, are added up in one here"
    ),
    "LSTM": noted(
        "{layers} from PyTorch's nn.LSTM: the two biases of each gate, bias_ih and bias_hh, are added up in one here; "
        "the gates stand in the order i, f, g, o, as in Keras"
    ),
    "GRU": noted(
        "{layers} from PyTorch's nn.GRU: r scales the product h₋₁·U_g + bias_hh, as in Keras's reset_after=True; both "
        "biases of each gate stay; the gates stand in the order r, z, n there, and z, r, g here"
    ),
}
"""What `summary` says of the layers that came from a class of PyTorch."""


@dataclass(frozen=True)
class Weighted:
    """A layer with its weights in Keras's order, and the class of PyTorch that it came from, if it is recurrent."""

    plan: LayerPlan
    weights: Sequence[np.ndarray] = ()
    source: str = ""


def kind_of(name: str, arrays: Arrays) -> str:
    """Return which class of PyTorch has recurrent weights of such names and shapes."""
    if any(key.startswith("weight_hr") for key in arrays):
        raise ValueError(f"{name} (LSTM): proj_size: a hidden state that is projected is not there")
    suffixes = {key.removeprefix(part) for key in arrays for part in PARTS if key.startswith(part)} or {""}
    shapes = {key: array.shape for key, array in arrays.items()}
    for suffix in suffixes:
        rows, units = shapes.get(f"weight_hh{suffix}", (0, 0))
        found = [kind for kind, gates in GATES.items() if units and len(gates) * units == rows]
        sizes = [shapes.get(f"{part}{suffix}", (rows,))[0] for part in PARTS]
        biases = [f"bias_{part}{suffix}" in shapes for part in ("ih", "hh")]
        if not found or sizes != [rows] * len(PARTS) or f"weight_ih{suffix}" not in shapes or len(set(biases)) == 2:
            raise ValueError(f"{name}: expected weight_ih, weight_hh and none or two biases that fit; got {shapes}")
    return found[0]


def recurrent(
    name: str, kind: str, arrays: Arrays, nonlinearity: str = "tanh", dropout: float = 0.0
) -> Iterator[Weighted]:
    """Go through the layers of a module, from the input up; each puts out its whole sequence.

    Parameters
    ----------
    name
        The name of the module.
    kind
        Its class, without `Cell`.
    arrays
        Its weights by name, such as `weight_ih_l0`, or `weight_ih` in a cell.
    nonlinearity
        The function of an `RNN`.
    dropout
        The share that is dropped between two layers.
    """
    suffixes = [key.removeprefix("weight_ih") for key in arrays if key.startswith("weight_ih")]
    forward = sorted((s for s in suffixes if not s.endswith("_reverse")), key=lambda suffix: int(suffix[2:] or 0))
    for k, suffix in enumerate(forward):
        own = name if len(forward) == 1 else f"{name}{suffix}"
        if k and dropout:
            yield Weighted(LayerPlan("Dropout", f"{own}_dropout", {"rate": dropout}))
        directions = [s for s in (suffix, f"{suffix}_reverse") if s in suffixes]
        weights = [array for direction in directions for array in _weights(kind, arrays, direction)]
        has_bias = f"bias_ih{suffix}" in arrays
        options = {"use_bias": has_bias} | ({"activation": nonlinearity} if kind == "RNN" else {})
        units = arrays[f"weight_hh{suffix}"].shape[1]
        plan = LayerPlan(OURS[kind], own, {"units": units, "return_sequences": True, **options})
        if len(directions) == 2:
            inner = LayerPlan(plan.kind, f"{own}_forward", plan.arguments)
            plan = LayerPlan("Bidirectional", own, {"layer": inner, "merge_mode": "concat"})
        yield Weighted(plan, weights, kind if has_bias else "")


def linear(name: str, arrays: Arrays) -> Weighted:
    """Return a dense layer."""
    weight, has_bias = arrays["weight"], "bias" in arrays
    plan = LayerPlan("Dense", name, {"units": weight.shape[0], "use_bias": has_bias})
    return Weighted(plan, [weight.T, arrays["bias"]] if has_bias else [weight.T])


def embedding(name: str, arrays: Arrays) -> Weighted:
    """Return an embedding."""
    rows, width = arrays["weight"].shape
    return Weighted(LayerPlan("Embedding", name, {"input_dim": rows, "output_dim": width}), [arrays["weight"]])


def with_activation(layers: list[Weighted], name: str, activation: str) -> None:
    """Put a function upon layers: the last one takes it in, if that is a dense layer without one."""
    last = layers[-1] if layers else None
    if last is not None and last.plan.kind == "Dense" and "activation" not in last.plan.arguments:
        plan = LayerPlan("Dense", last.plan.name, {**last.plan.arguments, "activation": activation})
        layers[-1] = Weighted(plan, last.weights, last.source)
    else:
        layers.append(Weighted(LayerPlan("Activation", name, {"activation": activation})))


def ending_with(layers: Sequence[Weighted], return_sequences: bool) -> list[Weighted]:
    """Return layers of which the last recurrent one puts out its whole sequence, or its last step."""
    found = list(layers)
    places = [k for k, layer in enumerate(found) if "return_sequences" in _recurrent(layer.plan).arguments]
    if places:
        last = found[places[-1]]
        found[places[-1]] = Weighted(_returning(last.plan, return_sequences), last.weights, last.source)
    return found


def plan_of(name: str, layers: Sequence[Weighted], dtype: str, steps: int | None = None) -> ModelPlan:
    """Return the plan of a model of layers, with a line for `summary` on each class of PyTorch that they came from.

    It takes any number of time steps, unless a layer makes a vector of all: then `steps`.
    """
    steps = steps if any(layer.plan.kind == "Flatten" for layer in layers) else None
    shape = (steps,) if layers[0].plan.kind == "Embedding" else (steps, features_of(layers))
    sources = dict.fromkeys(layer.source for layer in layers if layer.source)
    names = {source: [layer.plan.name for layer in layers if layer.source == source] for source in sources}
    notes = [noted(NOTES[source], layers=", ".join(own)) for source, own in names.items()]
    plans, weights = ([getattr(layer, part) for layer in layers] for part in ("plan", "weights"))
    return ModelPlan(name, [shape], dtype, plans, weights, notes=notes)


def features_of(layers: Sequence[Weighted]) -> int:
    """Return how many numbers layers read at a time step: as many as the first weights have rows."""
    arrays = [array for layer in layers for array in layer.weights]
    if not arrays:
        raise ValueError("expected a layer with weights; there is none")
    return arrays[0].shape[0]


def _recurrent(plan: LayerPlan) -> LayerPlan:
    """Return the layer itself, or the one that is run in both directions."""
    return plan.arguments.get("layer", plan)


def _returning(plan: LayerPlan, return_sequences: bool) -> LayerPlan:
    inner = plan.arguments.get("layer")
    more: dict[str, Any] = {"return_sequences": return_sequences}
    more = {"layer": _returning(inner, return_sequences)} if inner else more
    return LayerPlan(plan.kind, plan.name, {**plan.arguments, **more})


def _weights(kind: str, arrays: Arrays, suffix: str) -> list[np.ndarray]:
    """Return the weights of one direction of one layer, in Keras's order."""
    found = [ours(kind, arrays[f"{name}{suffix}"]) for name in PARTS[:2]]
    biases = [ours(kind, arrays[key]) for name in PARTS[2:] if (key := f"{name}{suffix}") in arrays]
    if biases:
        found.append(np.stack(biases) if kind == "GRU" else biases[0] + biases[1])
    return found


def ours(kind: str, array: np.ndarray) -> np.ndarray:
    """Return weights whose rows are PyTorch's gates with our gates as columns."""
    parts = np.split(array, len(GATES[kind]))
    return np.concatenate([parts[k] for k in GATES[kind]]).T


def theirs(kind: str, array: np.ndarray) -> np.ndarray:
    """Return weights whose columns are our gates with PyTorch's gates as rows."""
    return ours(kind, array.T).T
