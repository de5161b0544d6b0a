"""Numbers as all figures write them."""

from rnnscope.numbers import inputs_text, mean_of, norm_of, percent, signed, vector_text, written

__all__ = ["inputs_text", "mean_of", "norm_of", "percent", "signed", "vector_text", "written"]
