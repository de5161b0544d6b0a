"""Every tutorial runs from a clean kernel, without an error and without a warning shown to the reader.

It begins with a picture that it draws itself, and that is fresh.
"""

import json
import re
import time
from base64 import b64encode
from io import BytesIO

import numpy as np
import pytest
from matplotlib.font_manager import fontManager
from PIL import Image

import rnnscope as rs
from rnnscope.figures.drawing.fonts import HANGUL
from tools import tutorials
from tools.tutorials import FOLDER, KOREAN, MODELS, Cover, cells_of, picture_of, text_of

ENGLISH = tutorials.english()
ALL = tutorials.everywhere()

in_english = pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
in_all = pytest.mark.parametrize("path", ALL, ids=lambda path: path.relative_to(FOLDER).as_posix())
in_a_kernel = pytest.mark.filterwarnings("default")


def texts_of(path):
    """Return the texts of a notebook."""
    return [text_of(cell) for cell in cells_of(path) if cell["cell_type"] == "markdown"]


def test_there_are_tutorials():
    assert [path.name[:2] for path in ENGLISH] == [f"{k:02}" for k in range(1, len(ENGLISH) + 1)]
    assert [path.name for path in ALL if path.parent == KOREAN] == [path.name for path in ENGLISH]


@in_all
def test_it_is_kept_without_outputs(path):
    assert all(cell.get("outputs", []) == [] and cell.get("execution_count") is None for cell in cells_of(path))
    words = texts_of(path)
    aim, questions = ("**목표**", "## 질문\n") if path.parent == KOREAN else ("**Aim**", "## Questions\n")
    assert aim in words[0], "an aim at the top"
    assert words[-1].startswith(questions) and words[-1].count("<details>") >= 3, "questions at the end"


# ------------------------------------------------------------------------------------------- the picture at the top

MOST_BYTES, MOST_BYTES_TOGETHER = 200_000, 1_500_000


@in_all
def test_it_begins_with_a_picture_that_its_code_draws(path):
    heading, image, caption = texts_of(path)[0].split("\n\n")[:3]
    alt, file = re.fullmatch(r"!\[(.{20,})]\((.+)\)", image).groups()
    assert heading.startswith("# ") and caption.startswith("*") and "]" not in alt
    assert path.parent / file == picture_of(path) and picture_of(path).stat().st_size <= MOST_BYTES
    name = path.relative_to(FOLDER).with_suffix("").as_posix()
    assert Cover.read(picture_of(path)).source == tutorials.drawn_from(tutorials.read(path)), (
        f"its code has changed: `make pictures ARGS={name}`"
    )


def test_the_pictures_are_small_and_each_belongs_to_a_tutorial():
    pictures = {*FOLDER.glob("pictures/*"), *KOREAN.glob("pictures/*")}
    assert pictures == set(map(picture_of, ALL))
    assert sum(path.stat().st_size for path in pictures) <= MOST_BYTES_TOGETHER


@in_english
def test_the_readme_shows_it(path):
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    for link in (
        f"(tutorials/{path.name})",
        f"(tutorials/ko/{path.name})",
        f'src="tutorials/pictures/{path.stem}.png"',
    ):
        assert link in readme


def pixels(cover):
    """Return the colours of a picture."""
    return np.asarray(cover.image.convert("RGB")).astype(int)


def without_numbers(words):
    """Return words without the numbers, whose last digits may differ from processor to processor."""
    return re.sub(r"[−\d.,e%]+", "#", words)


def assert_fresh(path, notebook):
    """Check that the picture at the top is what the notebook has drawn now."""
    kept, drawn = Cover.read(picture_of(path)), Cover.of(notebook)
    assert without_numbers(kept.words) == without_numbers(drawn.words)
    kept, drawn = pixels(kept), pixels(drawn)
    assert kept.shape == drawn.shape
    assert np.mean(np.abs(kept - drawn).max(axis=-1) > 40) < 0.01, "pixels that are clearly other ones"


def test_few_colours_keep_the_rare_ones():
    drawn = np.random.default_rng(0).integers(0, 256, (100, 100, 1)).repeat(3, axis=-1).astype(np.uint8)
    drawn[50, 50:53] = (119, 68, 204)
    png = BytesIO()
    Image.fromarray(drawn).save(png, "png")
    data = {"image/png": b64encode(png.getvalue()).decode(), "text/plain": "greys, and a purple"}
    cell = {"cell_type": "code", "metadata": {"tags": ["cover"]}, "source": "", "outputs": [{"data": data}]}
    cover = Cover.of({"cells": [cell]})
    assert np.abs(pixels(cover) - drawn).max() <= 16 and cover.words == data["text/plain"]


def test_a_picture_keeps_its_words_and_what_it_was_drawn_from(tmp_path):
    cover = Cover(Image.new("P", (3, 2)), "Gates: σ(1) = 0.731", "0123")
    cover.write(tmp_path / "pictures" / "a.png")
    found = Cover.read(tmp_path / "pictures" / "a.png")
    assert (found.words, found.source) == (cover.words, cover.source) and np.array_equal(pixels(found), pixels(cover))


# ---------------------------------------------------------------------------------------------------- what they load


def test_the_models_predict_what_keras_and_pytorch_predicted():
    kept = json.loads((MODELS / "predictions.json").read_text(encoding="utf-8"))
    digits = np.array(kept["digits"])
    keras_model = rs.load(MODELS / "five.keras")
    np.testing.assert_allclose(keras_model.predict(np.eye(10)[digits])[:, 0], kept["five.keras"], rtol=1e-5)
    module = rs.load(MODELS / "first.safetensors", layers=["gru", "head"])
    np.testing.assert_allclose(module.predict(digits[:, :6, None] / 10)[:, 0], kept["first.safetensors"], rtol=1e-5)


# ---------------------------------------------------------------------------------------------------------- they run


@pytest.mark.slow
@in_a_kernel
@in_english
def test_it_runs(path):
    needs_kernels()
    start = time.monotonic()
    notebook = tutorials.executed(path)
    seconds = time.monotonic() - start
    print(f"{path.stem}: {seconds:.0f} s")
    assert_quiet(notebook)
    assert_fresh(path, notebook)


@pytest.mark.slow
@in_a_kernel
@pytest.mark.skipif(
    HANGUL[0] not in {font.name for font in fontManager.ttflist}, reason=f"the pictures were drawn with {HANGUL[0]}"
)
@in_english
def test_the_korean_one_draws_its_picture(path):
    needs_kernels()
    notebook = tutorials.executed(KOREAN / path.name, whole=False)  # the rest is the same code
    assert_quiet(notebook)
    assert_fresh(KOREAN / path.name, notebook)


def needs_kernels():
    """Skip what runs notebooks where that cannot be done."""
    pytest.importorskip("nbclient", reason="tutorials need nbclient: pip install 'rnnscope[notebook]'")
    pytest.importorskip("ipykernel", reason="tutorials need ipykernel: pip install 'rnnscope[notebook]'")


def assert_quiet(notebook):
    """Check that a notebook that has run shows its reader no error and no warning."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            if output.output_type == "stream" and output.name == "stderr":
                rest = re.sub(r".*(\d+%\|).*|\s", "", output.text)  # bars of progress
                assert rest == "", output.text
