"""`from rnnscope.preprocessing.sequence import pad_sequences`, as in Keras: this is `rnnscope.utils.pad_sequences`."""

from __future__ import annotations

from typing import Any

from rnnscope.habits import refuse_name
from rnnscope.utils import pad_sequences

__all__ = ["pad_sequences"]


def __getattr__(name: str) -> Any:
    refuse_name("rnnscope.preprocessing.sequence", name, __all__)
