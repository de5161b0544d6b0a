"""Make the models of tutorial 08, trained by Keras and PyTorch, and `predictions.json`: what both predict.

Run with Keras 3.15, TensorFlow 2.21 and PyTorch 2.13: `python make_models.py`. The tutorial reads the models without
Keras and PyTorch; a test compares its predictions with these.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parent
SHOWN = [[2, 7, 5, 1, 0, 8, 3, 9], [4, 1, 9, 6, 3, 0, 2, 8]]
"""Sequences of digits whose predictions are kept."""


def five_in_keras() -> list[float]:
    """Train an LSTM to say whether there is a 5 among eight digits."""
    keras.utils.set_random_seed(0)
    digits = np.random.default_rng(0).integers(0, 10, size=(2000, 8))
    digits[:700][digits[:700] == 5] = 4
    x, y = np.eye(10)[digits], (digits == 5).any(axis=1)
    model = keras.Sequential(
        [
            keras.Input((8, 10)),
            keras.layers.LSTM(4),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=30, verbose=2)
    model.save(FOLDER / "five.keras")
    return model.predict(np.eye(10)[SHOWN], verbose=0).ravel().tolist()


def two_ways_in_keras() -> None:
    """Save a model that branches and merges, which cannot be read."""
    digits = keras.Input((8, 10), name="digits")
    both = [keras.layers.LSTM(2, name="lstm")(digits), keras.layers.GRU(2, name="gru")(digits)]
    said = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Concatenate(name="both")(both))
    keras.Model(digits, said).save(FOLDER / "two_ways.keras")


class First(torch.nn.Module):
    """Reads numbers, and says the first one."""

    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(1, 8, batch_first=True)
        self.head = torch.nn.Linear(8, 1)

    def forward(self, x):
        """Return what it says after the last time step."""
        states, _ = self.gru(x)
        return self.head(states[:, -1])


def first_in_pytorch() -> list[float]:
    """Train a GRU to say the first of six digits."""
    torch.manual_seed(0)
    digits = torch.randint(0, 10, (1000, 6, 1)) / 10
    module = First()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    for step in range(1500):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(module(digits), digits[:, 0])
        loss.backward()
        optimizer.step()
        if step % 100 == 99:
            sys.stdout.write(f"step {step}: loss {loss.item():.6f}\n")
    save_file(module.state_dict(), FOLDER / "first.safetensors")
    with torch.no_grad():
        return module(torch.tensor(SHOWN)[:, :6, None] / 10).ravel().tolist()


if __name__ == "__main__":
    torch.set_num_threads(1)
    found = {"digits": SHOWN, "five.keras": five_in_keras(), "first.safetensors": first_in_pytorch()}
    two_ways_in_keras()
    (FOLDER / "predictions.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    versions = f"Keras {keras.__version__}, PyTorch {torch.__version__}"
    sys.stdout.write(f"{versions}\n{found}\n")
