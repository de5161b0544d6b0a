"""What decides how a model learns and can be changed between two epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from rnnscope.checks import number, one_of, positive_int
from rnnscope.engine.optimizers import Optimizer, optimizer
from rnnscope.languages import in_a_row, noted
from rnnscope.models.layer import Layer
from rnnscope.models.network import Network
from rnnscope.models.plain import Masking


@dataclass(frozen=True)
class Hyperparameters:
    """How a model learns.

    Attributes
    ----------
    optimizer
        What changes the weights.
    learning_rate
        The size of its steps.
    batch_size
        Samples per step; None if batches come from outside.
    noise
        The standard deviation of what is added to the inputs; None if batches come from outside.
    clipnorm
        The largest norm of the gradient of each weight array; None for any.
    """

    optimizer: Optimizer
    learning_rate: float
    batch_size: int | None
    noise: float | None
    clipnorm: float | None

    def changed(self, changes: Mapping[str, Any]) -> Hyperparameters:
        """Return them with some changes; a new optimizer brings what is its own, unless that is changed too."""
        if not changes:
            raise TypeError(f"change: expected some of {', '.join(NAMES)}, such as learning_rate=0.01; got none")
        for name in changes:
            one_of("change", name, NAMES)
        checked = {name: CHECKS[name](value) for name, value in changes.items()}
        for name in ("batch_size", "noise"):
            if name in checked and getattr(self, name) is None:
                raise ValueError(f"{name}: expected arrays x and y, which are cut here; got batches of one's own")
        if "optimizer" in checked:
            checked = {**brought(checked["optimizer"]), **checked}
        return replace(self, **checked)

    def replaced_by(self, changes: Mapping[str, Any]) -> set[str]:
        """Return what earlier changes have to leave to these, of which these are the outcome."""
        return {*changes, *(brought(self.optimizer) if "optimizer" in changes else ())}

    def check(self, network: Network, changes: Mapping[str, Any]) -> None:
        """Refuse what does not suit a network, and what changes cannot be."""
        self.optimizer.check_owner(network.weights)
        if "learning_rate" in changes:
            self.optimizer.check_rate(self.learning_rate)
        if self.clipnorm != self.optimizer.clipnorm:
            self.optimizer.check_clipnorm(self.clipnorm)
        if self.noise:
            self._check_noise([node.layer for node in network.nodes])

    def _check_noise(self, layers: Sequence[Layer]) -> None:
        """Refuse noise where numbers are tokens, or stand for nothing: with noise they would be others."""
        if any(layer.reads_tokens for layer in layers):
            raise ValueError(f"noise: expected 0 for inputs that are numbers of tokens; got {self.noise:g}")
        for layer in (layer for layer in layers if isinstance(layer, Masking)):
            wanted = f"0 for inputs of which layer {layer.name!r} masks those that are {layer.mask_value:g}"
            raise ValueError(f"noise: expected {wanted}; got {self.noise:g}")

    def set(self, changes: Mapping[str, Any]) -> None:
        """Let the optimizer learn so, of which these changes are asked for."""
        if "learning_rate" in changes:
            self.optimizer.learning_rate = self.learning_rate
        if self.clipnorm != self.optimizer.clipnorm:
            self.optimizer.clipnorm = self.clipnorm

    def in_words(self, changes: Mapping[str, Any]) -> str:
        """Say in words, noted, what became of changes.

        Examples
        --------
        >>> import rnnscope as rs
        >>> own = Hyperparameters(rs.optimizers.SGD(), 0.5, 2, 0.0, None)
        >>> own.in_words({"optimizer": "sgd", "clipnorm": None})
        'optimizer SGD, learning rate 0.5, no clipping'
        """
        with_it = {"optimizer": ("optimizer", *brought(self.optimizer))}
        named = dict.fromkeys(name for given in changes for name in with_it.get(given, (given,)))
        return in_a_row([self._one(name) for name in named])

    def _one(self, name: str) -> str:
        value = getattr(self, name)
        if name == "optimizer":
            return noted("optimizer {name}", name=type(value).__name__)
        if name == "clipnorm":
            return noted("no clipping") if value is None else noted("clipnorm {value}", value=f"{value:g}")
        if name == "learning_rate":
            return noted("learning rate {value}", value=f"{value:g}")
        if name == "batch_size":
            return noted("batch size {value}", value=f"{value:g}")
        return noted("noise {value}", value=f"{value:g}")


NAMES = tuple(own.name for own in fields(Hyperparameters))
"""What can be changed."""

CHECKS = {
    "optimizer": optimizer,
    "learning_rate": lambda value: number("learning_rate", value, 0, open_low=True),
    "batch_size": lambda value: positive_int("batch_size", value),
    "noise": lambda value: number("noise", value, 0),
    "clipnorm": lambda value: None if value is None else number("clipnorm", value, 0, open_low=True),
}
"""What each of them has to be."""


def brought(own: Optimizer) -> dict[str, float]:
    """Return what an optimizer brings that takes the place of another: its learning rate, its clip norm if it has one.

    Examples
    --------
    >>> import rnnscope as rs
    >>> brought(rs.optimizers.SGD(0.5)), brought(rs.optimizers.SGD(0.5, clipnorm=1.0))
    ({'learning_rate': 0.5}, {'learning_rate': 0.5, 'clipnorm': 1.0})
    """
    return {
        "learning_rate": float(own.learning_rate),
        **({} if own.clipnorm is None else {"clipnorm": own.clipnorm}),
    }
