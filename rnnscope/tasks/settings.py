"""How a net for a task is trained, unless somebody says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from rnnscope.checks import describe, number, positive_int


@dataclass(frozen=True)
class Settings:
    """How a net for a task is trained: what suits the task, and nothing that only suits one cell.

    Attributes
    ----------
    units
        Units of each recurrent layer.
    layers
        How many recurrent layers there are.
    epochs
        The most epochs that it is trained for.
    batch_size
        Samples per step.
    optimizer
        Name of the optimizer.
    learning_rate
        Its learning rate.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.tasks.Settings(units=8).learning_rate
    0.01
    """

    units: int = 16
    layers: int = 1
    epochs: int = 100
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        for name in ("units", "layers", "epochs", "batch_size"):
            object.__setattr__(self, name, positive_int(name, getattr(self, name)))
        object.__setattr__(self, "learning_rate", number("learning_rate", self.learning_rate, 0, open_low=True))
        if not isinstance(self.optimizer, str):
            raise TypeError(f"optimizer: expected the name of an optimizer; got {describe(self.optimizer)}")
