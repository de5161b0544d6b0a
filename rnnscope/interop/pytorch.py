"""PyTorch's layers."""

LAYERS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}
"""The class in `torch.nn` that computes a cell, by the cell's name; other cells have none."""
