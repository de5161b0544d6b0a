"""Make `course_scripts/*.npz`: what the scripts in `tests/scripts` come to with Keras, in float64.

Run with Keras 3.15 and TensorFlow 2.21: `python make_course_scripts.py`, with the names of scripts to make these alone
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

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from course_scripts import SCRIPTS, run  # noqa: E402 — it lies in the folder above

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    (FOLDER / "course_scripts").mkdir(exist_ok=True)
    for name in sys.argv[1:] or SCRIPTS:
        np.savez_compressed(FOLDER / "course_scripts" / f"{name}.npz", **run(name, "keras"))
        sys.stdout.write(f"{name}\n")
    sys.stdout.write(f"Keras {keras.__version__}, TensorFlow {tf.__version__}\n")
