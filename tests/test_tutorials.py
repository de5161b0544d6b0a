"""Every tutorial runs from a clean kernel, without an error and without a warning shown to the reader."""

import json
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

import rnnscope as rs

FOLDER = Path(__file__).parent.parent / "tutorials"
TUTORIALS = sorted(FOLDER.glob("*.ipynb"))
MODELS = FOLDER / "models"
nbformat = pytest.importorskip("nbformat", reason="tutorials need nbformat: pip install 'rnnscope[notebook]'")
nbclient = pytest.importorskip("nbclient", reason="tutorials need nbclient: pip install 'rnnscope[notebook]'")
MOST_SECONDS = 60


def test_there_are_tutorials():
    assert [path.name[:2] for path in TUTORIALS] == [f"{k:02}" for k in range(1, len(TUTORIALS) + 1)]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert all(cell.get("outputs", []) == [] and cell.get("execution_count") is None for cell in cells)
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert "**Aim**" in words[0], "an aim at the top"
    assert words[-1].startswith("## Questions") and words[-1].count("<details>") >= 3, "questions at the end"


def test_the_models_predict_what_keras_and_pytorch_predicted():
    kept = json.loads((MODELS / "predictions.json").read_text(encoding="utf-8"))
    digits = np.array(kept["digits"])
    keras_model = rs.load(MODELS / "five.keras")
    np.testing.assert_allclose(keras_model.predict(np.eye(10)[digits])[:, 0], kept["five.keras"], rtol=1e-5)
    module = rs.load(MODELS / "first.safetensors", layers=["gru", "head"])
    np.testing.assert_allclose(module.predict(digits[:, :6, None] / 10)[:, 0], kept["first.safetensors"], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_it_runs(path, tmp_path):
    shutil.copytree(MODELS, tmp_path / MODELS.name)
    notebook = nbformat.read(path, as_version=4)
    start = time.monotonic()
    nbclient.NotebookClient(notebook, timeout=MOST_SECONDS * 2, resources={"metadata": {"path": tmp_path}}).execute()
    print(f"{path.stem}: {time.monotonic() - start:.0f} s")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            if output.output_type == "stream" and output.name == "stderr":
                rest = re.sub(r".*(\d+%\|).*|\s", "", output.text)  # bars of progress
                assert rest == "", f"{path.name}: {output.text}"
