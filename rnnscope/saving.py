"""What scripts of Keras take from `keras.saving`: `load_model` and `save_model`."""

from __future__ import annotations

from typing import Any

from rnnscope.habits import refuse_name
from rnnscope.models import load_model, save_model

__all__ = ["load_model", "save_model"]


def __getattr__(name: str) -> Any:
    refuse_name("rnnscope.saving", name, __all__)
