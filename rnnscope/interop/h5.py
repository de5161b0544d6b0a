"""Files of HDF5: plain numbers and texts are read from them and written into them, and nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from rnnscope.interop.extras import library

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

SMALL, LARGEST_RATIO = 16 * 2**20, 100
"""What unpacks to more bytes than this, and to so many times of what it takes in a file, is refused."""


class H5File:
    """An HDF5 file that is open for reading.

    Links to other files, and arrays whose numbers lie in other files, are refused.
    """

    def __init__(self, file: h5py.File, kinds: tuple[type, type, type]) -> None:
        self._file = file
        self._group, self._dataset, self._hard_link = kinds

    def has(self, path: str) -> bool:
        """Say whether there is a group or an array of that name."""
        return self._at(path) is not None

    def groups(self, path: str = "") -> list[str]:
        """Return the names of the groups in a group."""
        return self._members(path, self._group)

    def arrays(self, path: str) -> list[str]:
        """Return the names of the arrays in a group: numbers in their order."""
        names = self._members(path, self._dataset)
        return sorted(names, key=lambda name: (int(name), "") if name.isdigit() else (-1, name))

    def tree(self, path: str = "") -> list[str]:
        """Return the paths of all arrays in a group and in the groups in it."""
        below = [entry for name in self.groups(path) for entry in self.tree(f"{path}/{name}".lstrip("/"))]
        return [*(f"{path}/{name}".lstrip("/") for name in self.arrays(path)), *below]

    def shape(self, path: str) -> tuple[int, ...]:
        """Return the shape of an array."""
        return tuple(self._array(path).shape)

    def array(self, path: str) -> np.ndarray:
        """Return an array of numbers."""
        return np.asarray(self._array(path)[()])

    def text(self, name: str) -> str | None:
        """Return an attribute of the file that is a text; None if there is none of that name."""
        value = self._file.attrs.get(name)
        return value.decode() if isinstance(value, bytes) else value

    def texts(self, path: str, name: str) -> list[str]:
        """Return an attribute of a group that is a list of texts; Keras cuts long ones into `name0`, `name1` …"""
        attributes = self._at(path).attrs
        numbered = takewhile(lambda part: part in attributes, (f"{name}{k}" for k in count()))
        found = [attributes[name]] if name in attributes else [attributes[part] for part in numbered]
        return [t.decode() if isinstance(t, bytes) else str(t) for texts in found for t in np.asarray(texts).tolist()]

    def _members(self, path: str, kind: type) -> list[str]:
        return [name for name in self._at(path) if isinstance(self._at(f"{path}/{name}"), kind)]

    def _at(self, path: str) -> h5py.Group | h5py.Dataset | None:
        """Return what is at a path, if there is something; every name on the way is in this file."""
        found = self._file
        for name in filter(None, path.split("/")):
            link = found.get(name, getlink=True) if isinstance(found, self._group) else None
            if link is None:
                return None
            if not isinstance(link, self._hard_link):
                raise ValueError(f"{path} is a link to another place, which a model does not have")
            found = found[name]
        return found

    def _array(self, path: str) -> h5py.Dataset:
        found = self._at(path)
        if not isinstance(found, self._dataset) or found.external or found.is_virtual or found.dtype.kind not in "iuf":
            raise ValueError(f"{path} is no array of numbers")
        if found.nbytes > SMALL and found.nbytes > LARGEST_RATIO * found.id.get_storage_size():
            raise ValueError(f"{path} unpacks to {found.nbytes:,} bytes: no model does that")
        return found


@contextmanager
def reading(source: Path | bytes) -> Iterator[H5File]:
    """Open an HDF5 file, or the bytes of one, for reading.

    Raises
    ------
    ValueError
        If it is none, or is damaged.
    """
    h5py = library("h5py", "models", "a file of Keras")
    try:
        file = h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"its HDF5 part is damaged or cut short ({error})") from error
    with file:
        try:
            yield H5File(file, (h5py.Group, h5py.Dataset, h5py.HardLink))
        except (OSError, KeyError, RuntimeError) as error:
            raise ValueError(f"its HDF5 part is damaged ({error})") from error


def write(file: IO[bytes], arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Mapping[str, Any]]) -> None:
    """Write arrays and attributes of groups, each by its path; groups are made as they are needed.

    A text stays a text, and a list of texts is written as Keras does.
    """
    h5py = library("h5py", "models", "a file of Keras")
    with h5py.File(file, "w") as target:
        for path, array in arrays.items():
            target.create_dataset(path, data=array)
        for path, values in attributes.items():
            group = target.require_group(path)
            for name, value in values.items():
                group.attrs[name] = _attribute(value)


def _attribute(value: str | Sequence[str] | Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, Mapping) else [text.encode() for text in value]
