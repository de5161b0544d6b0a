"""What may be done at every epoch and every batch of a training, by Keras's names."""

from __future__ import annotations

from typing import Any

from rnnscope.callbacks.callback import Callback, History, LambdaCallback
from rnnscope.callbacks.files import CSVLogger, ModelCheckpoint
from rnnscope.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from rnnscope.callbacks.stopping import EarlyStopping, TerminateOnNaN
from rnnscope.habits import refuse_name

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


OWN = "Write one of your own: class Mine(rs.callbacks.Callback), with on_epoch_end(self, epoch, logs=None)"


def __getattr__(name: str) -> Any:
    refuse_name("callback", name, __all__, OWN)
