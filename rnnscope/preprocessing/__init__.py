"""What scripts of Keras take from `keras.preprocessing`: `sequence.pad_sequences`."""

from __future__ import annotations

from typing import Any

from rnnscope.habits import refuse_name
from rnnscope.preprocessing import sequence, text

__all__ = ["sequence", "text"]


def __getattr__(name: str) -> Any:
    refuse_name("rnnscope.preprocessing", name, __all__)
