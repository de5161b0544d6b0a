"""What may be done at every epoch and every batch of a training, by Keras's names."""

from __future__ import annotations

import difflib
from typing import Any

from rnnscope.callbacks.callback import Callback, History, LambdaCallback
from rnnscope.callbacks.files import CSVLogger, ModelCheckpoint
from rnnscope.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from rnnscope.callbacks.stopping import EarlyStopping, TerminateOnNaN

LearningRateSchedule = LearningRateScheduler
"""The same under a shorter name."""

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]


def __getattr__(name: str) -> Any:
    nearest = difflib.get_close_matches(name, __all__, n=1, cutoff=0.6)
    hint = f" (did you mean {nearest[0]}?)" if nearest else ""
    own = "Write one of your own: class Mine(rs.callbacks.Callback), with on_epoch_end(self, epoch, logs=None)"
    raise AttributeError(f"rnnscope has no callback {name!r}{hint}; it has {', '.join(__all__)}. {own}")
