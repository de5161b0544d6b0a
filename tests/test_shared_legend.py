"""Pictures side by side: what they have in common is explained once, in one legend below all of them."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from pictures import assert_texts_are_apart, pair, texts_of, trained
from rows import mostly_slow, over

import rnnscope as rs
from rnnscope.figures import style
from rnnscope.figures.drawing.notes import Note, together
from rnnscope.figures.gates.scales import joined
from rnnscope.figures.scale import Scale

THREE = ("SimpleRNN", "LSTM", "GRU")
WITHOUT = ("equation", "memory")
"""Views that have nothing to explain that all pictures share."""

VIEWS = tuple(view for view in rs.figures.VIEWS if view not in WITHOUT)
DIRECTIONS = ("forward", "backward")


def side_by_side(traces, view, cursor=None, units=4, cells=THREE):
    """Return the pictures of some cells side by side."""
    return rs.figures.compare({name: traces(name, units) for name in cells}, view, cursor, layout="side")


def words_of(legend):
    """Return what a legend says."""
    return [text.get_text() for both in legend.texts.values() for text in both if text.get_text()]


@over(view=VIEWS, units=(4, 300), direction=DIRECTIONS, quick=("cell", "gates", "training", "weights"))
def test_what_pictures_share_is_said_once_below_all_of_them(traces, view, units, direction):
    figure = side_by_side(traces, view, rs.Cursor(direction=direction), units)
    (legend,) = figure.shared_legends
    assert len(legend.texts) == len(legend.notes) == len({note.about for note in legend.notes})
    written = [text.get_text() for text in texts_of(figure)]
    for words in filter(lambda words: len(words) > 8, words_of(legend)):  # short ones may be names or numbers too
        assert written.count(words) == 1
    assert_texts_are_apart(figure)
    assert (figure.get_size_inches() * figure.dpi <= (1280, 900.5)).all()
    top, own = legend.host.bbox.y1, [text for both in legend.texts.values() for text in both]
    for part in figure.views:
        assert all(axes.bbox.y0 >= top - 1 for axes in part.host.findobj(Axes) if axes.axison)
    for text in texts_of(figure):
        box = text.get_window_extent()
        assert text.get_fontsize() >= 8 and (box.y1 <= top + 1 if text in own else box.y0 >= top - 1)


@over(view=VIEWS, is_dark=(False, True), quick=("cell", "gates", "network", "training"))
def test_a_legend_can_be_read(traces, view, is_dark):
    with style.paper_for(is_dark):
        figure = side_by_side(traces, view)
        for text in (text for both in figure.shared_legends[0].texts.values() for text in both):
            assert style.contrast(text.get_color(), style.paper()) >= 4.5


@pytest.mark.parametrize("view", WITHOUT)
def test_there_is_no_legend_without_something_to_explain(traces, view):
    assert not side_by_side(traces, view).shared_legends


@mostly_slow(view=rs.figures.VIEWS, quick=("gates", "network", "training"))
def test_pictures_that_do_not_stand_side_by_side_explain_themselves(traces, view):
    found = {name: traces(name) for name in THREE[1:]}
    for figure in (getattr(rs.figures, view)(traces("LSTM")), rs.figures.compare(found, view, layout="stack")):
        assert not figure.shared_legends and all(part.explains for part in figure.views)


@pytest.mark.slow
@over(view=VIEWS, direction=DIRECTIONS)
def test_a_legend_that_was_moved_is_the_one_drawn_anew(traces, view, direction):
    first = rs.Cursor(layer="lstm", sample=0, direction=direction)
    figure = side_by_side(traces, view, first)
    figure.frame()
    for move in ({"epoch": 2, "time": 1, "sample": 3}, {"layer": "lstm_1", "epoch": 0, "sample": 2, "unit": 1}):
        cursor = rs.Cursor(**{"layer": "lstm", "direction": direction, **move})
        figure.update(cursor)
        again = side_by_side(traces, view, cursor)
        assert words_of(figure.shared_legends[0]) == words_of(again.shared_legends[0])


@pytest.mark.parametrize("view", ["cell", "network", "gates", "units", "gate_history"])
def test_a_step_leaves_what_stands(traces, view):
    figure = side_by_side(traces, view, rs.Cursor(layer="lstm", epoch=2, time=2, sample=0, unit=0))
    figure.frame()
    still = figure._still
    figure.update(rs.Cursor(layer="lstm", epoch=4, time=1, sample=3, unit=2))
    assert figure._still is still


@pytest.mark.parametrize("view", ["gates", "weights"])
def test_the_room_of_keys_is_given_to_the_pictures(traces, view):
    figure = side_by_side(traces, view)
    for part, name in zip(figure.views, THREE, strict=True):
        wide, high = (side / figure.dpi for side in part.host.bbox.size)
        alone = getattr(rs.figures, view)(traces(name), part.moment.cursor, figsize=(wide, high)).views[0]
        assert height_of_maps(part) > 1.04 * height_of_maps(alone)


def height_of_maps(view):
    """Return how high the heat maps of a view are together, and the lines above them."""
    if view.name == "weights":
        return sum(part.axes.bbox.height for part in view.maps.values())
    lines = [summary.axes for summary in view.summaries.values() if view.has_lines]
    return sum(axes.bbox.height for axes in [*lines, *(heat.axes for heat, *_ in view.panels.values())])


def test_gradients_in_nets_are_on_common_scales(traces):
    cursor = rs.Cursor(direction="backward", sample=1)
    figure = side_by_side(traces, "network", cursor)
    for move in (cursor, rs.Cursor(direction="backward", sample=3, epoch=0, time=1)):
        figure.update(move)
        alone = [
            rs.figures.network(traces(name), part.moment.cursor) for part, name in zip(figure.views, THREE, strict=True)
        ]
        widest = max(each.views[0].scale["flow"].high for each in alone)
        assert [part.scale["flow"].high for part in figure.views] == [widest] * 3
        assert any(f"widest {rs.numbers.written(widest, 2)}" in words for words in words_of(figure.shared_legends[0]))


def test_gates_have_one_scale_only_where_the_colours_of_each_differ():
    wide = {"i": Scale(0.05, 0.8, "gate"), "f": Scale(0.0, 1.0, "gate")}
    assert joined(wide) == {"gate": Scale(0.0, 1.0, "gate")}
    assert joined({**wide, "o": Scale(0.45, 0.6, "gate")}) == {}


@over(units=(4, 300), direction=DIRECTIONS)
def test_where_scales_differ_each_map_says_how_far_its_colours_go(traces, units, direction):
    figure = side_by_side(traces, "gates", rs.Cursor(direction=direction), units)
    kinds = {scale.kind for part in figure.views for scale in part.scale.values()}
    written = [text.get_text() for text in texts_of(figure)]
    for kind in kinds:
        scales = {scale for part in figure.views for scale in part.scale.values() if scale.kind == kind}
        for scale in scales if len(scales) > 1 else ():
            low, _, high = scale.ends()
            assert any(text.strip("≤").replace("≥", "") == f"{low} to {high}" for text in written)


def test_what_differs_says_of_which_picture_it_is():
    found = {"small": trained(*pair(rs.GRU, 3)), "large": trained(*pair(rs.GRU, 5)), "also": trained(*pair(rs.LSTM, 3))}
    said = words_of(rs.figures.compare(found, "cell").shared_legends[0])
    assert "small, also: all 3 values together" in said and "large: all 5 values together" in said
    assert said.count("one number: that of the chosen unit") == 1


def test_notes_that_say_the_same_are_one():
    same, other = Note("a", ("one",)), Note("a", ("two",))
    assert together({"x": [same], "y": [same]}) == [same]
    assert [note.ways for note in together({"x": [same], "y": [other]})] == [("x: one",), ("y: two",)]


def test_a_narrow_figure_says_it_in_fewer_words(traces):
    figure = rs.figures.compare({n: traces(n) for n in THREE[1:]}, "gates", layout="side", figsize=(6.4, 9))
    assert_texts_are_apart(figure)
    assert len(figure.shared_legends[0].texts) == len(figure.shared_legends[0].notes)
    assert np.all(figure.get_size_inches() == (6.4, 9))
