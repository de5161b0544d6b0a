"""Layers and models with Keras's names and shapes, on the engine."""

from rnnscope.models.sequential import Sequential

__all__ = ["Sequential"]
