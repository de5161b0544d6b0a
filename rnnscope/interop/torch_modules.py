"""Modules of PyTorch that are there: their layers in the order of registration, compared with what `forward` puts out.

PyTorch itself is not imported: a module brings all that is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnnscope.checks import describe, flag, one_of
from rnnscope.interop.agreement import agrees, fits
from rnnscope.interop.building import model_of
from rnnscope.interop.plan import PRECISIONS, LayerPlan, collecting, refuse
from rnnscope.interop.torch_weights import (
    ACTIVATIONS,
    GATES,
    Weighted,
    embedding,
    ending_with,
    features_of,
    linear,
    plan_of,
    recurrent,
    with_activation,
)
from rnnscope.models.layer import snake_case
from rnnscope.models.sequential import Sequential

TORCH = "torch.nn."
CONTAINERS = ("Module", "ModuleDict", "ModuleList", "Sequential")
NOTHING = ("Identity",)
SAMPLES, STEPS = 3, 5
"""The size of the numbers on which a module is tried, where none are given."""

ADVICE = (
    "forward does something that its layers do not say. What can be done: read the part that is plain, such as "
    "rs.from_torch(module.{0}); make functions in forward modules (nn.ReLU() for torch.relu); read the last step of a "
    "layer in two directions as torch.cat((h[-2], h[-1]), dim=1), not as out[:, -1]"
)


def from_torch(
    module: Any, x: Any = None, *, return_sequences: bool | None = None, dtype: str | None = None
) -> Sequential:
    """Return a module of PyTorch as a model: every gate is then there, and the predictions are the same.

    The layers are taken in the order in which the module registered them: `nn.RNN`, `nn.LSTM`, `nn.GRU` (stacked,
    in both directions) and their cells, `nn.Linear`, `nn.Embedding`, `nn.Dropout`, and functions such as `nn.ReLU()`.
    What `forward` does beside them cannot be seen, so it is called once, in evaluation mode, and the two outputs are
    compared: a model that does not agree with its module is never returned.

    Parameters
    ----------
    module
        A module whose layers stand one upon the other.
    x
        Inputs as the module takes them, on which the two are compared; None for random ones.
    return_sequences
        Whether what follows the recurrent layers reads all their time steps, or the last; None for what agrees.
    dtype
        `"float32"` or `"float64"`: the type in which the model computes; None for that of the module.

    Returns
    -------
    Sequential
        The model. It reads (sample, time, feature), also where the module has `batch_first=False`.

    Raises
    ------
    ValueError
        If a layer is not there, or the two do not agree; it says what to do.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.from_torch(torch.nn.LSTM(2, 3, batch_first=True))  # doctest: +SKIP
    >>> model.trace(x)["lstm"]["f"]  # doctest: +SKIP
    """
    return converted(module, x, return_sequences, dtype)[0]


def converted(
    module: Any, x: Any = None, return_sequences: bool | None = None, dtype: str | None = None
) -> tuple[Sequential, np.ndarray | None]:
    """Return a module as a model, and the inputs as this model reads them."""
    if not is_module(module):
        raise TypeError(f"module: expected a module of PyTorch, such as torch.nn.LSTM(1, 8); got {describe(module)}")
    choices = [False, True] if return_sequences is None else [flag("return_sequences", return_sequences)]
    precision = str(next(module.parameters()).dtype).removeprefix("torch.")
    if dtype is None and precision not in PRECISIONS:
        raise ValueError(f'module: it computes in {precision}; give dtype="float32" to compute it in float32')
    wanted = precision if dtype is None else one_of("dtype", dtype, PRECISIONS)
    layers, name = layers_of(module), type(module).__name__
    given = None if x is None else np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)
    has_any_length = not any(layer.plan.kind == "Flatten" for layer in layers)
    if given is None and not has_any_length:
        raise ValueError(
            "x: expected inputs, since nn.Flatten makes a vector of all time steps, and their number counts"
        )
    if _is_cell(module):
        return model_of(plan_of(name, ending_with(layers, choices[0]), wanted)), x
    data = [*([] if given is None else [given]), *([_random(layers)] if has_any_length else [])]
    ways = [(choice, is_turned) for choice in choices for is_turned in (False, True)]
    problems: list[ValueError] = []

    def agreeing(inputs: np.ndarray, ways: list[tuple[bool, bool]]) -> list[tuple[bool, bool, Sequential, np.ndarray]]:
        """Return the ways of reading the module that give its output, each with its model and what that reads."""
        output, found = _output(module, inputs, has_tokens=layers[0].plan.kind == "Embedding"), []
        for choice, is_turned in ways:
            own = inputs.swapaxes(0, 1) if is_turned else inputs
            try:
                model = model_of(plan_of(name, ending_with(layers, choice), wanted, own.shape[1]))
            except ValueError as error:  # layers that are not there, or that do not fit with this choice
                problems.append(error)
                continue
            if fits(model, own) and agrees(model, own, output, precision):
                found.append((choice, is_turned, model, own))
        return found

    found = agreeing(data[0], ways)
    if len(found) > 1 and len(data) > 1:  # inputs of one time step do not tell all steps from the last: others do
        left = [entry[:2] for entry in agreeing(data[1], [entry[:2] for entry in found])]
        found = [entry for entry in found if entry[:2] in left]
    if found:
        return found[0][2:]
    if len(problems) == len(ways):
        raise problems[0]
    first = next((layer.plan.name for layer in layers if "return_sequences" in layer.plan.arguments), "rnn")
    raise ValueError(
        f"module: expected layers that stand one upon the other; {ADVICE.format(first.partition('_l')[0])}"
    )


def is_module(value: Any) -> bool:
    """Say whether something is a module of PyTorch."""
    return any(kind.__module__.startswith(TORCH) for kind in type(value).__mro__)


def layers_of(module: Any) -> list[Weighted]:
    """Return the layers of a module in the order of registration, or list all that cannot be read."""
    problems: list[str] = []
    found: list[Weighted] = []
    for name, own, kind in _leaves(module, ""):
        name = name or snake_case(kind)
        with collecting(problems, name, kind):
            if kind in ACTIVATIONS:
                _check_function(own, kind)
                with_activation(found, name, ACTIVATIONS[kind])
            elif kind not in NOTHING:
                found += _layers(own, kind, name)
    refuse(problems)
    if not found:
        raise ValueError("module: expected a module with layers; got one without")
    return found


def _leaves(module: Any, name: str) -> Iterator[tuple[str, Any, str]]:
    """Go through the modules of PyTorch's own classes in a module: the name, the module, and its class."""
    own = next(kind for kind in type(module).__mro__ if kind.__module__.startswith(TORCH))
    children = [(key, child) for key, child in module._modules.items() if child is not None]  # one may come twice
    if not children or (own.__name__ not in CONTAINERS and type(module).forward is own.forward):
        yield name, module, type(module).__name__ if own.__name__ in CONTAINERS else own.__name__
        return
    for child, inner in children:
        yield from _leaves(inner, f"{name}.{child}" if name else child)


def _layers(module: Any, kind: str, name: str) -> list[Weighted]:
    """Return the layers that one module of PyTorch is here."""
    arrays = {key: _numbers(value) for key, value in module.named_parameters()}
    if kind.removesuffix("Cell") in GATES:
        if getattr(module, "proj_size", 0):
            raise ValueError(f"proj_size={module.proj_size}: a hidden state that is projected is not there")
        function, dropout = getattr(module, "nonlinearity", "tanh"), float(getattr(module, "dropout", 0))
        return list(recurrent(name, kind.removesuffix("Cell"), arrays, function, dropout))
    if kind == "Linear":
        return [linear(name, arrays)]
    if kind == "Embedding":
        if module.max_norm is not None:
            raise ValueError(f"max_norm={module.max_norm}: rows that are scaled when they are read are not there")
        return [embedding(name, arrays)]
    if kind == "Dropout":
        return [Weighted(LayerPlan("Dropout", name, {"rate": float(module.p)}))]
    if kind == "Flatten":
        return [Weighted(LayerPlan("Flatten", name))]
    raise ValueError("rnnscope has no such layer")


def _check_function(module: Any, kind: str) -> None:
    """Refuse functions with numbers of their own that the functions here do not have."""
    plain = {"alpha": 1.0, "beta": 1.0, "approximate": "none", "negative_slope": 0.2}
    for key, value in plain.items():
        if getattr(module, key, value) != value:
            raise ValueError(f"{key}={getattr(module, key)!r}: expected {value!r}, which is that of the function here")


def _is_cell(module: Any) -> bool:
    """Say whether a module is a cell by itself, which takes one step and no sequences."""
    return type(module).__name__.endswith("Cell") and not list(module.children())


def _numbers(parameter: Any) -> np.ndarray:
    """Return the numbers of a parameter, in float64, which holds those of every type that PyTorch has."""
    return parameter.detach().cpu().double().numpy()


def _random(layers: list[Weighted]) -> np.ndarray:
    """Return inputs on which a module is tried."""
    rng = np.random.default_rng(0)
    if layers[0].plan.kind == "Embedding":
        return rng.integers(0, layers[0].plan.arguments["input_dim"], (SAMPLES, STEPS))
    return rng.normal(size=(SAMPLES, STEPS, features_of(layers)))


def _output(module: Any, given: np.ndarray, has_tokens: bool) -> np.ndarray:
    """Return what a module puts out in evaluation mode; of several outputs, the first."""
    tensor = next(module.parameters()).new_tensor(given)
    was_training = module.training
    module.eval()
    try:
        output = module(tensor.long() if has_tokens else tensor)
    except Exception as error:  # whatever a forward of one's own raises
        raise ValueError(
            f"module: expected one that takes x alone, of shape {given.shape}; its forward raised {error!r}"
        ) from error
    finally:
        module.train(was_training)
    while isinstance(output, tuple | list):
        output = output[0]
    return _numbers(output)
