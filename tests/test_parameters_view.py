"""The view of parameters: the rectangles are as large as the blocks of weights, and all add up."""

from functools import cache, partial

import numpy as np
import pictures
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Polygon

import rnnscope as rs
from rnnscope.figures.parameters.packing import Item, pack
from rnnscope.figures.parameters.rectangles import apart, unit_area

view_of = partial(pictures.view_of, "parameters")


def net(first, second, *, features=2):
    """Return a model of two layers and a dense one, and its trace."""
    model = rs.Sequential([first, second, rs.Dense(2)])
    model.compile()
    rng = np.random.default_rng(0)
    return model, model.fit(rng.normal(size=(2, 3, features)), np.zeros((2, 2)), epochs=2, verbose=0)


@cache
def shown(variant):
    """Return a model of two layers of a variant, its trace, and what the view shows of it."""
    model, trace = net(variant.layer(5, return_sequences=True, input_shape=(3, 2)), variant.layer(7))
    return model, trace, view_of(trace).data


def test_the_blocks_add_up_to_the_parameters_of_the_model(variant):
    model, _, data = shown(variant)
    assert data.count == model.count_params()
    for found, layer in zip(data.layers, model.layers, strict=True):
        assert found.count == layer.count_params() == sum(block.count for block in found.blocks)
        assert found.features == layer.features and found.units == layer.units
        formula = layer.parameter_formula()
        assert found.formula == str(formula).replace("**2", "²").replace("*", "·")


def test_the_blocks_are_those_of_the_arrays(variant):
    _, trace, data = shown(variant)
    for layer in data.layers:
        arrays = trace[layer.name].weights(0)
        marked = {name: np.zeros(array.shape, int) for name, array in arrays.items()}
        for block in layer.blocks:
            assert block.of(arrays).shape == block.shape
            marked[block.array][block.index] += 1
        assert all((array == 1).all() for array in marked.values()), "each weight is in one block"


def test_areas_are_counts_on_the_same_scale_for_all_layers():
    _, trace = net(rs.PeepholeLSTM(6, return_sequences=True, input_shape=(3, 2)), rs.GRU(4))
    view = view_of(trace)
    blocks = {(layer.name, block.name): block for layer in view.data.layers for block in layer.blocks}
    assert blocks.keys() == view.pen.tiles.keys()
    areas = [tile.get_width() * tile.get_height() / blocks[key].count for key, tile in view.pen.tiles.items()]
    np.testing.assert_allclose(areas, view.page.packing.scale**2)
    (low, high), (bottom, top) = view.pen.axes.get_xlim(), view.pen.axes.get_ylim()
    wide, tall = view.pen.axes.bbox.size
    assert (high - low) / (bottom - top) == pytest.approx(wide / tall, rel=0.01), "as high as wide"


def test_no_rectangles_overlap():
    _, trace = net(rs.PeepholeLSTM(6, return_sequences=True, input_shape=(3, 2)), rs.GRU(40))
    tiles = list(view_of(trace).pen.tiles.values())
    for k, one in enumerate(tiles):
        for other in tiles[k + 1 :]:
            across = min(one.get_bbox().x1, other.get_bbox().x1) - max(one.get_bbox().x0, other.get_bbox().x0)
            up = min(one.get_bbox().y1, other.get_bbox().y1) - max(one.get_bbox().y0, other.get_bbox().y0)
            assert min(across, up) < 1e-9


def test_the_course_net_has_its_textbook_numbers():
    _, trace = net(rs.LSTM(300, return_sequences=True, input_shape=(3, 1)), rs.LSTM(300), features=1)
    view = view_of(trace, rs.Cursor(layer="lstm", phase="f"))
    assert [layer.count for layer in view.data.layers] == [362_400, 721_200, 602]
    assert "4·H·(D + H + 1) with D = 1, H = 300 is 362,400" in view.alt
    assert "lstm, phase f: W_f 1·300 + U_f 300·300 + b_f 300 = 90,600 of 362,400 parameters" in view.alt
    assert "lines" in view.alt, "a bias is too thin for the scale"
    thin, thick = view.pen.tiles["lstm", "b_f"], view.pen.tiles["lstm", "U_f"]
    assert to_hex(thin.get_edgecolor()) == to_hex(thin.get_facecolor()) and thin.get_linewidth() >= 1
    assert to_hex(thick.get_edgecolor()) != to_hex(thick.get_facecolor())


def texts(view):
    """Return all texts of the picture."""
    return [text.get_text() for text in view.pen.axes.texts]


def test_formulas_stand_with_their_numbers_and_say_what_d_and_h_are():
    _, trace = net(rs.LSTM(300, return_sequences=True, input_shape=(3, 1)), rs.LSTM(300), features=1)
    said = texts(view_of(trace, figsize=(14, 10)))
    for words in (
        "4·H·(D + H + 1) = 4·300·(1 + 300 + 1) = 362,400",
        "4·H·(D + H + 1) = 4·300·(300 + 300 + 1) = 721,200",
        "reads D = 1 number at each time step; has H = 300 units",
        "reads D = 300 numbers, the 300 units of lstm; has H = 300 units",
        "each column is H = 300 wide: so many numbers go to the next layer",
        "kernel W: D = 1 row",
        "recurrent kernel U: H = 300 rows",
        "bias b: 1 row",
    ):
        assert words in said, words
    counts = [4 * 300 * (1 + 300 + 1), 4 * 300 * (300 + 300 + 1), 2 * (300 + 1)]
    put_in = "4·300·(1 + 300 + 1) + 4·300·(300 + 300 + 1) + 2·(300 + 1)"
    total = f"{' + '.join(f'{count:,}' for count in counts)} = {sum(counts):,} parameters"
    assert f"{put_in} = {total}" in said


@pytest.mark.parametrize("size", [(6, 9), (10, 7), (20, 6)])
def test_an_arrow_leads_from_the_units_of_a_layer_to_what_the_next_one_reads(size):
    _, trace = net(rs.LSTM(30, return_sequences=True, input_shape=(3, 2)), rs.GRU(20))
    view = view_of(trace, figsize=size)
    heads = [patch.get_path().vertices for patch in view.pen.axes.patches if isinstance(patch, Polygon)]
    assert len(heads) == 2
    for head, text in zip(heads, ("D = 30", "D = 20"), strict=True):
        (wanted,) = [t for t in view.pen.axes.texts if text in t.get_text() and "H = " in t.get_text()]
        x, y = wanted.get_position()
        assert head[:, 0].max() == pytest.approx(x - 0.2) and head[0, 1] == pytest.approx(y)
    tiles = [tile.get_bbox() for tile in view.pen.tiles.values()]
    for line in view.pen.axes.lines:
        if line.get_linewidth() == 1.6:
            for x, y in line.get_xydata():
                assert not any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for box in tiles), (
                    "it goes around the blocks"
                )


def test_there_is_no_arrow_where_a_layer_reads_something_else():
    _, trace = net(rs.LSTM(6, return_sequences=True, input_shape=(3, 2)), rs.GRU(4))
    view = view_of(trace)
    view.layers[1].__dict__["features"] = 7
    view.build()
    heads = [patch for patch in view.pen.axes.patches if isinstance(patch, Polygon)]
    assert len(heads) == 1 and not [t for t in texts(view) if "units of lstm" in t]


def test_layer_and_phase_of_the_cursor_are_framed():
    _, trace = net(rs.LSTM(6, return_sequences=True, input_shape=(3, 2)), rs.GRU(4))
    figure = rs.figures.parameters(trace, rs.Cursor(layer="gru", phase="r"))
    view = figure.views[0]
    tiles = [tile.get_bbox() for (layer, name), tile in view.pen.tiles.items() if layer == "gru" and name[-1] == "r"]
    frame = view.frames[1].get_bbox()
    assert frame.x0 == pytest.approx(tiles[0].x0) and frame.x1 == pytest.approx(tiles[0].x1)
    assert frame.y0 == pytest.approx(tiles[0].y0) and frame.y1 == pytest.approx(tiles[-1].y1)
    figure.update(rs.Cursor(layer="lstm", phase="c"))
    assert not view.frames[1].get_visible() and "phase c is made of others, without weights of its own" in figure.alt
    outer, first = view.frames[0].get_bbox(), view.pen.tiles["lstm", "W_i"].get_bbox()
    assert outer.x0 < first.x0 and outer.y0 < first.y0
    figure.update(rs.Cursor(layer="dense"))
    assert "dense, phase y: W 4·2 + b 2 = 10 of 10" in figure.alt


def test_sizes_come_from_the_recording_if_no_weights_were_kept():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1, use_bias=False)])
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(weights=False))
    assert view_of(trace).data.count == model.count_params()
    trace.snapshots.shapes.clear()
    assert view_of(trace).data.count == model.count_params() == 100
    trace["dense"].x = None
    with pytest.raises(ValueError, match="inputs or the weights of layer 'dense'; got neither"):
        view_of(trace)


def test_compared_nets_have_the_same_scale():
    traces = {
        "small": net(rs.LSTM(4, return_sequences=True, input_shape=(3, 2)), rs.LSTM(4))[1],
        "large": net(rs.LSTM(20, return_sequences=True, input_shape=(3, 2)), rs.LSTM(20))[1],
    }
    first, second = rs.figures.compare(traces, "parameters").views
    assert first.page.packing.scale == pytest.approx(second.page.packing.scale)


def test_packing_fills_a_page():
    items = [Item(10, 5, 2, 1, (0, 0)), Item(10, 5, 2, 1, (0, 0)), Item(1, 5, 2, 1, (0, 0))]
    found = pack(items, 60, 100, (1, 1), 100)
    assert found.scale == pytest.approx(5.8), "one below the other: 2 + 10 s = 60"
    assert [y for _, y in found.corners] == pytest.approx([0, 31, 62])
    found = pack(items, 60, 70, (1, 1), 100)
    assert found.scale == pytest.approx(5), "the second and the third in one row: 2 + 10 s + 1 + 2 + s = 60"
    assert found.corners[2] == pytest.approx((53, 27))
    assert pack(items, 60, 100, (1, 1), 0.5).scale == pytest.approx(0.5)
    assert pack(items, 1, 1, (1, 1), 1).scale > 0


def test_labels_are_moved_apart():
    assert apart([1.0, 1.1, 1.2], 1.0, 0.5) == pytest.approx([0.5, 1.5, 2.5])
    assert apart([1.0], 1.0, 0.0) == [1.0]
    assert [unit_area(scale) for scale in (1.0, 0.1, 0.03)] == [1, 100, 1000]
