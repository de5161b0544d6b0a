"""Make `keras_habits.npz`: what Keras comes to in the trainings of `keras_habits_cases.py`, in float64.

Run with Keras 3.15 and TensorFlow 2.21: `python make_keras_habits.py`, with the names of cases to make these alone
anew. The tests read what it writes.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras_habits_cases import CASES

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    path, names = Path(__file__).parent / "keras_habits.npz", sys.argv[1:]
    found = {key: a for key, a in np.load(path).items() if key.partition("/")[0] not in names} if names else {}
    for name in names or CASES:
        found |= {f"{name}/{key}": np.array(value) for key, value in CASES[name](keras).items()}
    np.savez_compressed(path, **found)
    sys.stdout.write(f"Keras {keras.__version__}, TensorFlow {tf.__version__}\n")
