"""Models out of files, by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from rnnscope.checks import one_of
from rnnscope.files import ending
from rnnscope.interop.building import model_of
from rnnscope.interop.keras_compiled import compile_as
from rnnscope.interop.keras_files import KerasModel, read_h5, read_keras
from rnnscope.models.sequential import Sequential

DTYPES = ("float32", "float64")

READERS: dict[str, Callable[[Path, str | None], KerasModel]] = {".keras": read_keras, ".h5": read_h5, ".hdf5": read_h5}
PICKLES = (".pt", ".pth", ".pkl", ".bin")


def load(path: str | PathLike[str], *, dtype: str | None = None) -> Sequential:
    """Read a model that Keras or rnnscope saved; Keras need not be there, and nothing in the file is run.

    Parameters
    ----------
    path
        A file that ends in `.keras`, or in `.h5` and holds a whole model.
    dtype
        `"float32"` or `"float64"`: the type in which the model computes; None for that of the file.

    Returns
    -------
    Sequential
        The model with its weights. It is compiled with the optimizer and the loss of the file, if these are known here.

    Raises
    ------
    ValueError
        If the file is damaged, or the model has layers that are not there or no straight line; it lists them.
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
    dtype = None if dtype is None else one_of("dtype", dtype, DTYPES)
    if isinstance(path, str | PathLike) and Path(path).suffix.lower() in PICKLES:
        raise ValueError(
            f"path: {str(path)!r} is a pickle, which can run anything when it is read. Where the module is, write its "
            'weights with safetensors.torch.save_file(module.state_dict(), "w.safetensors"), and load that file'
        )
    read = READERS[ending(path, list(READERS))]
    target = Path(path)
    if not target.is_file():
        raise FileNotFoundError(f"path: there is no file {str(target)!r}")
    try:
        found = read(target, dtype)
        model = model_of(found.plan)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        reason = str(error) if isinstance(error, ValueError) else f"it is not as Keras writes it ({error!r})"
        raise ValueError(f"path: expected a model that can be read; {str(target)!r} cannot: {reason}") from error
    compile_as(model, found.compiled)
    return model
