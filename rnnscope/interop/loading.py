"""Models out of files, by the ending of the name."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from rnnscope.checks import flag, one_of
from rnnscope.files import ending
from rnnscope.interop.building import model_of
from rnnscope.interop.keras_compiled import compile_as
from rnnscope.interop.keras_files import read_h5, read_keras
from rnnscope.interop.plan import PRECISIONS
from rnnscope.interop.torch_states import NONLINEARITIES, read_state
from rnnscope.models.sequential import Sequential

WHOLE = {".keras": read_keras, ".h5": read_h5, ".hdf5": read_h5}
"""What reads files that hold a whole model."""

STATES = ".safetensors"
PICKLES = (".pt", ".pth", ".pkl", ".bin")


def load(
    path: str | PathLike[str],
    *,
    dtype: str | None = None,
    layers: Sequence[str] | None = None,
    nonlinearity: str | None = None,
    return_sequences: bool = False,
) -> Sequential:
    """Read a model of Keras, PyTorch or rnnscope; neither has to be there, and nothing in the file is run.

    Parameters
    ----------
    path
        A file that ends in `.keras`; in `.h5` and holds a whole model; or in `.safetensors` and holds the state of a
        module of PyTorch, as `safetensors.torch.save_file(module.state_dict(), path)` writes it.
    dtype
        `"float32"` or `"float64"`: the type in which the model computes; None for that of the file.
    layers
        Of a `.safetensors` file, which holds weights alone: the names of the modules from the input up, with the
        functions between them, such as `["rnn", "head", "sigmoid"]`; None for one order that fits, without functions.
    nonlinearity
        Of a `.safetensors` file with an `nn.RNN`: its function, `"tanh"` or `"relu"`.
    return_sequences
        Of a `.safetensors` file: whether what follows the recurrent layers reads all their time steps, or the last.

    Returns
    -------
    Sequential
        The model with its weights. A model of Keras is compiled with its optimizer and its loss, if these are known.

    Raises
    ------
    ValueError
        If the file is damaged, or the model has layers that are not there, or branches or merges; it lists them.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.LSTM(3, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.save("model.keras")
    >>> [layer.name for layer in rs.load("model.keras").layers]
    ['lstm', 'dense']
    """
    dtype = None if dtype is None else one_of("dtype", dtype, PRECISIONS)
    nonlinearity = None if nonlinearity is None else one_of("nonlinearity", nonlinearity, NONLINEARITIES)
    if isinstance(path, str | PathLike) and Path(path).suffix.lower() in PICKLES:
        raise ValueError(
            f"path: {str(path)!r} is a pickle, which can run anything when it is read. Where the module is, write its "
            'weights with safetensors.torch.save_file(module.state_dict(), "w.safetensors"), and load that file'
        )
    found_ending = ending(path, [*WHOLE, STATES])
    of_states = {"layers": layers, "nonlinearity": nonlinearity, "return_sequences": return_sequences or None}
    if found_ending in WHOLE and (given := [name for name, value in of_states.items() if value is not None]):
        raise ValueError(f"{given[0]}: expected it for a .safetensors file only; a {found_ending} file says it itself")
    target = Path(path)
    if not target.is_file():
        raise FileNotFoundError(f"path: there is no file {str(target)!r}")
    try:
        if found_ending in WHOLE:
            found = WHOLE[found_ending](target, dtype)
        else:
            found = read_state(target, dtype, layers, nonlinearity, flag("return_sequences", return_sequences))
        model = model_of(found.plan)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        reason = str(error) if isinstance(error, ValueError) else f"it is not as its kind is written ({error!r})"
        raise ValueError(f"path: expected a model that can be read; {str(target)!r} cannot: {reason}") from error
    compile_as(model, found.compiled, found.averages if found.plan.wires is None else ())
    return model
