"""Pages show what the notebook's pictures show of masks and dropout: hatches, stripes, and what they mean."""

import re

import numpy as np
import pytest
from pictures import scenes_of

import rnnscope as rs

pytestmark = pytest.mark.slow

L = rs.layers
TOKENS = np.array([[3, 1, 4, 1, 5], [2, 6, 0, 0, 0], [7, 0, 2, 0, 3]])
HELD = [[], [(2, 5)], [(1, 2), (3, 4)]]
"""From where to where the time steps of each sample do not count."""


def shown_of(trace, path):
    """Return the scenes of a page by view, and its pieces."""
    rs.export_html(trace, path, units=2, verbose=False)
    page = path.read_text(encoding="utf-8")
    found = scenes_of(page)
    return found["scenes"], found["pool"], page


@pytest.fixture(scope="module")
def trace():
    cell = L.LSTM(4, return_sequences=True, recurrent_dropout=0.5)
    model = rs.Sequential([L.Embedding(9, 2, mask_zero=True), cell, rs.Dense(1)], seed=3)
    model.compile("adam", "mse")
    return model.fit(TOKENS, np.random.default_rng(0).normal(size=(3, 5, 1)), epochs=2, verbose=0)


@pytest.fixture(scope="module")
def page(trace, tmp_path_factory):
    return shown_of(trace, tmp_path_factory.mktemp("page") / "masked.html")


def outlines(piece):
    """Return from where to where hatched outlines reach, across."""
    own = piece.partition("<defs>")[0]
    return [
        (min(xs), max(xs))
        for path in re.findall(r' d="(M [^"]*)"', own)
        if (xs := [float(x) for x in re.findall(r"[ML] (\S+) ", path)])
    ]


def hatching(scene, pool):
    """Return the axes and the pieces of the groups of a scene that hatch something."""
    frags = [(axes, [pool[place] for place in places]) for _, axes, places in scene["frags"]]
    return [(axes, pieces) for axes, pieces in frags if any("fill: url(#" in piece for piece in pieces)]


def test_maps_and_means_hatch_the_time_steps_of_each_sample_that_do_not_count(page):
    scenes, pool, _ = page
    scene = scenes["gates"][0][0]
    found = hatching(scene, pool)
    assert len(found) == 2 * 6, "a line and a map of each quantity"
    for axes, pieces in found:
        assert axes == ["sample"] and pieces[0] == ""
        ((left, right),) = outlines(pieces[1])
        wide = (right - left) / 3  # of a time step: three of five do not count
        start = left - 2 * wide
        for piece, held in zip(pieces, HELD, strict=True):
            wanted = [(start + first * wide, start + last * wide) for first, last in held]
            assert np.allclose(outlines(piece), wanted, atol=0.1) if held else not outlines(piece)
    assert "Hatched: masked, states held; stripes: read as 0 (dropout)" in pool[scene["svg"]]


def test_every_hatched_piece_brings_its_pattern_in_a_colour_of_the_page(page):
    scenes, pool, _ = page
    for scene in (scenes["gates"][0][0], scenes["cell"][0]["forward"][0], scenes["training"][0]):
        for _, pieces in hatching(scene, pool):
            for piece in filter(None, pieces):
                for name in re.findall(r"fill: url\(#([^)]*)\)", piece):
                    pattern = re.search(rf'<pattern id="{name}".*?</pattern>', piece)[0]
                    assert re.search(r"stroke: var\(--c\d+\)", pattern) and "#" not in pattern.partition("<path")[2]


def test_stripes_lie_over_the_units_that_dropout_sets_to_zero(page, trace):
    scenes, pool, _ = page
    scene, layer = scenes["gates"][0][0], trace["lstm"]
    striped = [
        [pool[place] for place in places]
        for _, axes, places in scene["frags"]
        if axes == ["epoch", "sample"] and any(re.search(r'<path d="M\S+ \S+H', pool[place]) for place in places)
    ]
    ((*pieces,),) = striped
    zeros = layer.dropout["h"] == 0
    rows = [sorted(float(y) for y in re.findall(r"M\S+ (\S+?)H", piece)) for piece in pieces]
    assert list(map(len, rows)) == zeros.sum(axis=-1).ravel().tolist() and zeros.any() and not zeros.all()
    places = sorted({y for each in rows for y in each})
    assert np.allclose(np.diff(places), np.diff(places)[0], atol=0.1) and len(places) == 4
    for (epoch, sample), each in zip(np.ndindex(2, 3), rows, strict=True):
        view = rs.figures.gates(trace, rs.Cursor(epoch=epoch, sample=sample)).views[0]
        units = [int(view.data.units[places.index(y)]) for y in each]
        assert sorted(units) == np.flatnonzero(zeros[epoch, sample]).tolist()


def test_the_cell_is_hatched_where_nothing_of_it_is_taken(page, trace):
    scenes, pool, _ = page
    for direction in ("forward", "backward"):
        scene = scenes["cell"][0][direction][0]
        ((axes, pieces),) = hatching(scene, pool)
        assert axes == ["sample", "time"]
        assert [bool(piece) for piece in pieces] == (TOKENS == 0).ravel().tolist()
        assert "Hatched: masked, nothing of it is taken" in pool[scene["svg"]]
        said = [pool[place] for place in scene["says"][1]]
        held = ["does not count (masked)" in text for text in said]
        assert held == [*(TOKENS == 0).ravel().tolist()] * 2


def test_predictions_that_are_not_in_the_loss_are_hatched(page):
    scenes, pool, _ = page
    scene = scenes["training"][0]
    ((axes, pieces),) = hatching(scene, pool)
    assert axes == ["time", "sample", "epoch"]
    counts = [len(outlines(piece)) for piece in pieces]
    assert counts == [len(held) for _ in range(5) for held in HELD for _ in range(2)]
    assert "Hatched: masked, not in the loss" in pool[scene["svg"]]


def test_a_net_without_masks_and_dropout_has_no_signs_of_them(tmp_path):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.GRU(2, input_shape=(4, 1)), rs.Dense(1)])
    model.compile("adam", "mse")
    scenes, pool, _ = shown_of(model.fit(task.x, task.y, epochs=1, verbose=0), tmp_path / "plain.html")
    for scene in (scenes["gates"][0][0], scenes["cell"][0]["forward"][0], scenes["training"][0]):
        assert not hatching(scene, pool)
        assert "hatched" not in pool[scene["svg"]].lower() and "stripes" not in pool[scene["svg"]].lower()
