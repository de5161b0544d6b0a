"""`from rnnscope.preprocessing.sequence import pad_sequences`, as in Keras: this is `rnnscope.utils.pad_sequences`."""

from rnnscope.utils import pad_sequences

__all__ = ["pad_sequences"]
