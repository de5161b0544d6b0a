"""What scripts of Keras take from `keras.preprocessing`: `sequence.pad_sequences`."""

from rnnscope.preprocessing import sequence

__all__ = ["sequence"]
