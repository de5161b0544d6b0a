"""Names of files, checked before anything is computed, and files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import IO

from rnnscope.checks import describe


def ending(path: str | PathLike[str], endings: Sequence[str]) -> str:
    """Return the ending of a file's name, in lower case, if it is among those that there are."""
    if not isinstance(path, str | PathLike):
        raise TypeError(f"path: expected the name of a file; got {describe(path)}")
    found = Path(path).suffix.lower()
    if found not in endings:
        raise ValueError(f"path: expected a name that ends in {', '.join(endings)}; got {str(path)!r}")
    return found


def check_place(path: str | PathLike[str]) -> None:
    """Refuse the name of a file for which there is no place, before it is made."""
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"path: expected the name of a file; {str(target)!r} is a folder")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"path: for {str(target)!r} there is no folder {str(target.parent)!r}")


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its place when all has been written, and else leaves nothing."""
    check_place(path)
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # which disk is full, say
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
