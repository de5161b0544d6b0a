"""Finished runs as files: a race that was interrupted goes on from its folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from rnnscope.checks import describe
from rnnscope.files import replacing
from rnnscope.races.conditions import Conditions
from rnnscope.races.run import Run
from rnnscope.trace import load_trace

CONDITIONS = "race.json"
"""The file that says of which race a folder is."""

FACTS = {"epochs": int, "is_solved": bool, "checked": list, "scores": list, "seconds": float}
"""What the file of a run says besides its weights, by the kind of its value."""

ARRAYS = ("x", "y", "unseen", "unseen_y")
PARTS = ("name", "loss", "activation", "classes", "tokens", "measure", "solved_score")
"""What tells a task from another one."""


class Folder:
    """The folder of a race: what all its runs have in common, and two files for each run that is finished.

    Parameters
    ----------
    path
        The folder; it is made if it is not there.
    conditions
        What the runs have in common.

    Raises
    ------
    ValueError
        If the folder is that of another race, or holds something else.
    """

    def __init__(self, path: str | PathLike[str], conditions: Conditions) -> None:
        if not isinstance(path, str | PathLike):
            raise TypeError(f"folder: expected the name of a folder; got {describe(path)}")
        self.path, self.conditions = Path(path), conditions
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"folder: expected the name of a folder; {str(path)!r} is a file")
        self.path.mkdir(parents=True, exist_ok=True)
        facts, there = _facts(conditions), self.path / CONDITIONS
        if there.exists():
            _compare(self.path, _read_json(there), facts)
        elif any(self.path.iterdir()):
            raise ValueError(f"folder: expected a new one, or that of a race; {str(path)!r} holds something else")
        else:
            with replacing(there) as file:
                file.write(json.dumps(facts, indent=1).encode())

    def keep(self, run: Run) -> None:
        """Write a finished run that is not there yet; one that failed is not kept, so that it is tried again."""
        numbers, trace = self._files(run.cell, run.seed)
        if run.failure is not None or numbers.exists():
            return
        run.trace.save(trace)
        facts = json.dumps({name: getattr(run, name) for name in FACTS}).encode()
        arrays = {f"weights/{k}": array for k, array in enumerate(run.weights)}
        with replacing(numbers) as file:  # written last: where it is, the run is whole
            np.savez(file, facts=np.frombuffer(facts, np.uint8), **arrays)

    def kept(self, planned: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Run]:
        """Return the runs that are there, of those that are planned."""
        return {(cell, seed): self._run(cell, seed) for cell, seed in planned if self._files(cell, seed)[0].exists()}

    def _files(self, cell: str, seed: int) -> tuple[Path, Path]:
        return self.path / f"{cell}-{seed}.npz", self.path / f"{cell}-{seed}-trace.npz"

    def _run(self, cell: str, seed: int) -> Run:
        """Return a run out of its files, in which nothing is ever run."""
        numbers, trace = self._files(cell, seed)
        try:
            with numbers.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                facts = _checked(json.loads(file["facts"].tobytes()))
                weights = tuple(file[f"weights/{k}"] for k in range(len(file.files) - 1))
            recorded = load_trace(trace)
            cells = [layer.cell for layer in recorded.recurrent_layers]
            wanted = [array.shape for array in self.conditions.model(cell, seed).get_weights()]
            if {own.name for own in cells} != {cell} or [array.shape for array in weights] != wanted:
                raise ValueError(f"it holds another net than one of {cell}")
        except Exception as error:  # whatever a damaged file does to the readers, it is one thing to the user
            hint = f"Delete {numbers.name}, and the run is made again"
            raise ValueError(
                f"folder: expected a run in {str(numbers)!r}; it cannot be read: {error}. {hint}"
            ) from error
        return Run(cell, seed, weights=weights, trace=recorded, **facts)


def _facts(conditions: Conditions) -> dict[str, Any]:
    """Return what has to be the same for all runs; cells and seeds may be more the next time."""
    task, settings = conditions.task, conditions.settings
    digest = hashlib.sha256()
    for name in ARRAYS:
        array = np.ascontiguousarray(getattr(task, name))
        digest.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    facts = {f"task: {name}": getattr(task, name) for name in PARTS}
    return {**facts, "task: data": digest.hexdigest(), **vars(settings), "check_every": conditions.check_every}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"folder: expected that of a race; {str(path)!r} cannot be read: {error}") from None
    return found if isinstance(found, dict) else {}


def _compare(path: Path, there: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse the folder of another race, and say in what it differs."""
    apart = [name for name in wanted if there.get(name) != wanted[name]]
    if apart:
        words = "; ".join(
            "other data" if name == "task: data" else f"{name} {there.get(name)!r}, now {wanted[name]!r}"
            for name in apart
        )
        raise ValueError(f"folder: expected that of this race, or a new one; {str(path)!r} holds one with {words}")


def _checked(facts: Any) -> dict[str, Any]:
    """Return what a file says of a run, if all of it is there and of its kind."""
    for name, kind in FACTS.items():
        if not isinstance(facts[name], kind):
            raise ValueError(f"{name} is {facts[name]!r}, expected a {kind.__name__}")
    return {name: tuple(facts[name]) if kind is list else facts[name] for name, kind in FACTS.items()}
