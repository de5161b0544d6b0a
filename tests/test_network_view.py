"""The view of the unrolled net: what is put out, what is carried, and what the gradient's arrows really send back."""

from itertools import pairwise

import numpy as np
import pytest
from pictures import moved, number, pair, rounds, trained, view_of
from rows import over

import rnnscope as rs
from rnnscope.figures import style
from rnnscope.figures.network.row import THINNEST_ARROW, WIDEST_ARROW
from rnnscope.figures.numbers import written
from rnnscope.figures.wiring.flows import Gradients, sent_over_time
from rnnscope.figures.wiring.wiring import entering, wiring_of
from rnnscope.formulas.values import Values

MOVES = (
    {"epoch": 2, "sample": 5},
    {"time": 1, "unit": 2},
    {"direction": "backward", "epoch": 0},
    {"layer": 1, "direction": "backward", "sample": 3, "time": 2, "unit": 3},
    {"layer": 1, "time": 0},
)


def widths(row):
    """Return the width of the shaft of every arrow of a layer."""
    return [float(np.linalg.norm(path.vertices[0] - path.vertices[6])) for path in row.arrows.get_paths()]


def width_of(size, scale):
    """Return the width that an arrow should have; that of a state that starts at −∞, with nothing, is the thinnest."""
    size = size if np.isfinite(size) else 0.0
    place = np.log10(max(size, 10**scale.low)) if scale.kind == "power" else size
    return max(THINNEST_ARROW, WIDEST_ARROW * min((place - scale.low) / (scale.high - scale.low), 1))


@over(cell=rs.cells.names(), units=(4, 300))
def test_strips_and_numbers_are_the_outputs_or_their_gradients(traces, cell, units):
    trace = traces(cell, units)
    for view, _, at, place in moved("network", trace, MOVES):
        backward = at.direction == "backward"
        for name in trace.layers:
            layer, row = trace[name], view.rows[name]
            group = layer.grad if backward else layer.values
            vectors = np.atleast_2d(group[layer.output][place, at.sample])
            assert len(row.strips) == len(vectors) == (4 if layer.is_recurrent else 1)
            for vector, strip, text in zip(vectors, row.strips, row.numbers, strict=True):
                lowest = strip.get_clim()[0]
                shown = np.log10(np.maximum(np.abs(vector), 10**lowest)) if backward else vector
                np.testing.assert_allclose(strip.get_array()[0], shown, rtol=1e-6, atol=1e-6)
                size = vector[0] if len(vector) == 1 else np.linalg.norm(vector)
                assert rounds(text.get_text(), float(size), row.digits)


def test_forward_arrows_are_as_wide_as_the_norms_that_they_carry(default, traces):
    trace = traces(default)
    for view, _, at, place in moved("network", trace, [m for m in MOVES if "direction" not in m]):
        largest = 0.0
        for k, name in enumerate(trace.layers):
            layer = trace[name]
            states = layer.cell.states if layer.is_recurrent else ()
            wanted = [
                norm
                for s in states
                for norm in np.linalg.norm(layer.arrays[f"state/{s}"][place, at.sample].astype(float), axis=-1)
            ]
            largest = max([largest, *(np.linalg.norm(layer[s].astype(float), axis=-1).max() for s in states)])
            read = np.linalg.norm(np.atleast_2d(layer.x[place, at.sample]).astype(float), axis=-1)
            expected = [width_of(norm, view.scale["norm"]) for norm in wanted]
            expected += [width_of(norm, view.scale["norm" if k else "x"]) for norm in read]
            np.testing.assert_allclose(widths(view.rows[name]), expected, rtol=1e-5)
        assert view.scale["norm"].high == pytest.approx(largest, rel=1e-6)


def test_backward_arrows_are_as_wide_as_the_gradients_that_they_send(default, traces):
    trace = traces(default)
    for view, _, at, place in moved("network", trace, [m for m in MOVES if "direction" in m]):
        if at.direction == "forward":
            continue
        for name in trace.layers:
            layer, data = trace[name], view.data.rows[name]
            read = np.linalg.norm(np.atleast_2d(layer.grad["x"][place, at.sample]).astype(float), axis=-1)
            np.testing.assert_allclose(data.entering, read, rtol=1e-6)
            norms = [norm for sent in data.carried.values() for norm in sent]
            expected = [width_of(norm, view.scale["gradient"]) for norm in [*norms, *read]]
            np.testing.assert_allclose(widths(view.rows[name]), expected, rtol=1e-5)


def moments_of(trace, name):
    """Return the moments of all time steps of a layer, and the wiring of its cell."""
    wiring = wiring_of(trace[name].cell)
    steps = [rs.Cursor(layer=name, sample=1, time=time, direction="backward").at(trace) for time in range(4)]
    return wiring, [Values(step, wiring.graph) for step in steps]


@pytest.fixture(scope="module")
def exact():
    """Return a function that gives the traces of nets in float64, with all weights, by the name of the cell."""
    task, made = rs.tasks.counting(), {}

    def trace(variant):
        if variant.name not in made:
            model = rs.Sequential([*pair(variant.layer), rs.Dense(1)], dtype="float64", seed=3)
            model.compile()
            made[variant.name] = model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(weights=True))
        return made[variant.name]

    return trace


def test_what_is_sent_over_time_is_the_sum_over_the_wiring(default, exact):
    """The quick way, which takes no weights, against the one through every edge and matrix."""
    trace = exact(default)
    for name in trace.layers[:2]:
        wiring, moments = moments_of(trace, name)
        for state in wiring.cell.states:
            initial = trace[name].arrays[f"grad_state/{state}"][-1, 1, 0]
            for moment in moments:
                is_read = entering(state) in wiring.nodes
                through = Gradients(wiring, moment).sent_to(entering(state)) if is_read else np.zeros(4)
                sent = sent_over_time(wiring, moment, state)
                np.testing.assert_allclose(sent, through, rtol=1e-9, atol=1e-15)
                if moment.moment.time == 0:
                    np.testing.assert_allclose(through, initial, rtol=1e-9, atol=1e-15)


def test_a_lstm_sends_back_f_times_the_gradient_of_c(traces):
    trace = traces("LSTM")
    view = view_of("network", trace, rs.Cursor(direction="backward", sample=2))
    layer = trace["lstm"]
    wanted = np.linalg.norm(layer["f"][-1, 2] * layer.grad["c"][-1, 2], axis=-1)
    np.testing.assert_allclose(view.data.rows["lstm"].carried["c"], wanted, rtol=1e-6)
    texts = [number(text.get_text()) for text in view.rows["lstm"].beside["c"]]
    np.testing.assert_allclose(texts, wanted, rtol=0.006)


def test_what_takes_weights_that_were_not_kept_is_left_out():
    trace = trained(*pair(rs.PeepholeLSTM), record=rs.Record(every=2, weights=False))
    view = view_of("network", trace, rs.Cursor(direction="backward"))
    for name in trace.layers[:2]:
        assert list(view.data.rows[name].carried) == ["h"]
        assert [text.get_text() for text in view.rows[name].beside["c"]] == [""] * 4


def test_the_cursor_is_framed_and_its_unit_marked(default, traces):
    trace = traces(default)
    for view, layer, at, _ in moved("network", trace, MOVES):
        grid, row = view.grid, trace.layers.index(layer.name)
        assert view.frame.get_xy() == pytest.approx((grid.x(at.time), grid.y(row)))
        strip = view.rows[layer.name].strips[at.time].get_extent()
        share = (view.unit.get_xdata()[0] - strip[0]) / (strip[1] - strip[0])
        assert share == pytest.approx((at.unit + 0.5) / 4)
    figure = rs.figures.network(trace, rs.Cursor(layer="dense", time=1))
    view = figure.views[0]
    assert view.frame.get_xy() == pytest.approx((view.grid.x(3), view.grid.y(2))), "a dense layer has one box"


def test_input_prediction_and_target_are_written(traces):
    trace = traces("GRU")
    for view, _, at, place in moved("network", trace, MOVES):
        assert [number(text.get_text()) for text in view.inputs] == trace.x[at.sample].ravel().tolist()
        assert [text.get_text() for text in view.steps] == ["0", "1", "2", "3"]
        found, target = view.target.get_text().split(", target ")
        assert rounds(found, float(trace.predictions[place, at.sample, 0]), 3)
        assert float(target) == trace.y[at.sample, 0]


def test_colours_are_those_of_the_states(traces):
    view = view_of("network", traces("LSTM"))
    row, cell = view.rows["lstm_1"], traces("LSTM")["lstm_1"].cell
    found = [style.to_hex(colour) for colour in row.arrows.get_facecolor()]
    assert found == [style.quantity_colour(cell, name) for name in [*"ccccc", *"hhhhh", *"hhhh"]]


def test_a_long_sequence_is_shown_around_the_cursor():
    model = rs.Sequential([rs.SimpleRNN(3, return_sequences=True, input_shape=(50, 2)), rs.Dense(2)])
    model.compile()
    rng = np.random.default_rng(1)
    trace = model.fit(rng.normal(size=(2, 50, 2)), rng.normal(size=(2, 50, 2)), epochs=1, verbose=0)
    figure = rs.figures.network(trace, rs.Cursor(time=20))
    for time in (20, 0, 49, 33):
        figure.update(rs.Cursor(time=time, sample=1))
        view = figure.views[0]
        times = [int(text.get_text()) for text in view.steps]
        assert times[0] == 0 and times[-1] == 49 and time in times and len(times) == 12
        gaps = [text.get_text() == "…" for text in view.gaps]
        assert gaps == [b - a > 1 for a, b in pairwise(times)]
        np.testing.assert_array_equal(
            [strip.get_array()[0] for strip in view.rows["simple_rnn"].strips], trace["simple_rnn"]["h"][0, 1][times]
        )
        first = ", ".join(written(value) for value in trace.predictions[0, 1, time])
        assert view.target.get_text().startswith(f"prediction at time step {time} ({first}), target (")


def test_what_is_needed_is_said():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)])
    model.compile()
    trace = model.fit(task.x, task.y, epochs=1, verbose=0, record=rs.Record(quantities=("f", "c")))
    with pytest.raises(ValueError, match=r"expected a recorded one \(f, c\); got 'h'. Record all: Record\(quan"):
        rs.figures.network(trace)
    with pytest.raises(ValueError, match=r"gradients=True"):
        rs.figures.network(model.trace(task.x), rs.Cursor(direction="backward"))
