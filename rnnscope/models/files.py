"""Models as files: each outside format is one file of `interop`, which is loaded when it is used."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from rnnscope.files import ending


class Saved:
    """What a model does with files."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model with its weights as a `.keras` file; see `rs.save_keras`."""
        from rnnscope.interop.keras_writing import save_keras

        save_keras(self, path)

    def save_weights(self, path: str | PathLike[str]) -> None:
        """Write the weights alone, for `load_weights`, that of Keras too.

        Parameters
        ----------
        path
            Name of the file, ending in `.weights.h5`.
        """
        from rnnscope.interop.keras_writing import save_weights

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


def _weights_path(path: str | PathLike[str]) -> Path:
    """Return the name of a file of weights, which Keras knows by its ending."""
    ending(path, [".h5"])
    if not Path(path).name.endswith(".weights.h5"):
        raise ValueError(f"path: expected a name that ends in .weights.h5; got {str(path)!r}")
    return Path(path)
