"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import IO

from rnnscope.checks import describe
from rnnscope.trace.store import replacing as _replacing


def ending(argument: str, path: str | PathLike[str], endings: Sequence[str]) -> str:
    """Return the ending of a file's name, in lower case, if it is among those that there are."""
    if not isinstance(path, str | PathLike):
        raise TypeError(f"{argument}: expected the name of a file; got {describe(path)}")
    found = Path(path).suffix.lower()
    if found not in endings:
        raise ValueError(f"{argument}: expected a name that ends in {', '.join(endings)}; got {str(path)!r}")
    return found


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when all has been written, and else leaves nothing."""
    target = Path(path)
    if target.is_dir() or not target.parent.is_dir():
        reason = "is a folder" if target.is_dir() else f"there is no folder {str(target.parent)!r}"
        raise OSError(f"path: expected the name of a file to write; {str(path)!r}: {reason}")
    with _replacing(target) as file:
        yield file
