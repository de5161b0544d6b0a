"""Numbers as all figures write them."""

from rnnscope.numbers import (
    MOST_INPUTS,
    inputs_text,
    mean_of,
    norm_of,
    percent,
    shortened,
    signed,
    vector_text,
    written,
)

__all__ = [
    "MOST_INPUTS",
    "inputs_text",
    "mean_of",
    "norm_of",
    "percent",
    "shortened",
    "signed",
    "vector_text",
    "written",
]
