"""Layers and models with Keras's names and shapes, on the engine."""
