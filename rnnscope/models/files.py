"""Models as files: each outside format is one file of `interop`, which is loaded when it is used."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnscope.checks import flag, no_others
from rnnscope.files import ending

if TYPE_CHECKING:
    import torch


class Saved:
    """What a model does with files."""

    def save(self, path: str | PathLike[str], overwrite: bool = True, **others: Any) -> None:
        """Write the model as a `.keras` file (see `rs.save_keras`), or its weights as `.safetensors` for PyTorch.

        Parameters
        ----------
        path
            Name of the file.
        overwrite
            Whether a file of that name is written over.
        **others
            Nothing.
        """
        from rnnscope.interop.keras_writing import save_keras
        from rnnscope.interop.torch_states import save_state

        no_others(self.save, others)
        _check_free(path, overwrite)
        {".keras": save_keras, ".safetensors": save_state}[ending(path, [".keras", ".safetensors"])](self, path)

    def save_weights(self, path: str | PathLike[str], overwrite: bool = True) -> None:
        """Write the weights alone, for `load_weights`, that of Keras too.

        Parameters
        ----------
        path
            Name of the file, ending in `.weights.h5`.
        overwrite
            Whether a file of that name is written over.
        """
        from rnnscope.interop.keras_writing import save_weights

        _check_free(_weights_path(path), overwrite)
        save_weights(self, _weights_path(path))

    def load_weights(self, path: str | PathLike[str]) -> None:
        """Set the weights to those of a file, which has to be of a model with the same layers.

        Parameters
        ----------
        path
            Name of a file that `save_weights` wrote here or in Keras, ending in `.h5`.

        Raises
        ------
        ValueError
            If the file is damaged, or of other layers; the model then stays as it is.
        """
        from rnnscope.interop.keras_writing import load_weights

        ending(path, [".h5", ".hdf5"])
        try:
            load_weights(self, Path(path))
        except ValueError as error:
            raise ValueError(f"path: expected weights of this model; {str(path)!r} cannot be read: {error}") from error

    def to_torch_state_dict(self) -> dict[str, torch.Tensor]:
        """Return the weights for PyTorch: `module.load_state_dict(model.to_torch_state_dict())`.

        The module has the layers by their names here: `self.lstm = nn.LSTM(...)` and `self.dense = nn.Linear(...)`.
        Layers `rnn_l0`, `rnn_l1` … are those of one `self.rnn = nn.LSTM(..., num_layers=2)`. The bias of an LSTM and
        of a simple cell becomes `bias_ih`, and `bias_hh` is zero. Functions of dense layers are no weights: put them
        into `forward`.

        Raises
        ------
        ValueError
            If PyTorch has no layer like one of these.
        """
        from rnnscope.interop.pytorch import tensors
        from rnnscope.interop.torch_states import state_of

        return tensors(state_of(self))


def _check_free(path: str | PathLike[str], overwrite: bool) -> None:
    """Refuse to write over a file, unless that is wanted."""
    if not flag("overwrite", overwrite) and Path(path).exists():
        raise FileExistsError(f"path: expected a name that is free, as overwrite=False says; {str(path)!r} is there")


def _weights_path(path: str | PathLike[str]) -> Path:
    """Return the name of a file of weights, which Keras knows by its ending."""
    ending(path, [".h5"])
    if not Path(path).name.endswith(".weights.h5"):
        raise ValueError(f"path: expected a name that ends in .weights.h5; got {str(path)!r}")
    return Path(path)
