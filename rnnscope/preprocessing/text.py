"""What scripts of Keras take from `keras.preprocessing.text`: nothing is here, and each name says what to do."""

from __future__ import annotations

from typing import Any

from rnnscope.habits import TOKENS, refuse_name


def __getattr__(name: str) -> Any:
    refuse_name("rnnscope.preprocessing.text", name, (), TOKENS)
