"""What scripts of Keras take from `keras.datasets`: nothing is here, and what is asked for says so."""

from __future__ import annotations

from typing import Any

from rnnscope.habits import refuse_name


def __getattr__(name: str) -> Any:
    refuse_name("data set", name, (), "Load the data with Keras, keras.datasets, or take one of rs.tasks")
