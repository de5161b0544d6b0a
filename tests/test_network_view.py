"""The view of the unrolled net: what is held, what is carried, and what the gradient's arrows really send back."""

from itertools import pairwise

import numpy as np
import pytest
from pictures import moved, number, pair, rounds, trained, view_of
from rows import over

import rnnscope as rs
from rnnscope.figures import style
from rnnscope.figures.network.row import THINNEST_ARROW, WIDEST_ARROW
from rnnscope.figures.scale import Scale
from rnnscope.figures.wiring.flows import Gradients, sent_over_time
from rnnscope.figures.wiring.wiring import entering, wiring_of
from rnnscope.formulas.values import Values
from rnnscope.numbers import written

WAYS = "forward", "backward"

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
    return max(THINNEST_ARROW, WIDEST_ARROW * min(size / scale.high, 1)) if np.isfinite(size) else THINNEST_ARROW


def shown_values(trace, layer, at, place):
    """Return by state what a layer holds at each time step, (step, unit), or the gradient of it."""
    group = layer.grad if at.direction == "backward" else layer.values
    names = layer.cell.states if layer.is_recurrent else (layer.output,)
    return {name: np.atleast_2d(group[name][place, at.sample]).astype(float) for name in names}


def limit_of(trace, at, place, name, layer):
    """Return the largest value that a state has in all layers: at all epochs, or, of gradients, at this moment."""
    layers = [trace[n] for n in trace.layers if trace[n].is_recurrent] if layer.is_recurrent else [layer]
    if at.direction == "backward":
        return max(np.abs(shown_values(trace, one, at, place)[name]).max() for one in layers)
    return max(np.abs(one[name]).max() for one in layers)


@over(cell=rs.cells.names(), units=(4, 300))
def test_bars_and_numbers_are_the_states_or_their_gradients(traces, cell, units):
    trace = traces(cell, units)
    for view, _, at, place in moved("network", trace, MOVES):
        for layer in map(trace.__getitem__, trace.layers):
            row, bars = view.rows[layer.name], iter(view.rows[layer.name].bars.get_paths())
            found = shown_values(trace, layer, at, place)
            assert list(row.held) == list(found)
            for name, vectors in found.items():
                held, limit = row.held[name], limit_of(trace, at, place, name, layer)
                assert len(held.numbers) == len(vectors) == (4 if layer.is_recurrent else 1)
                for vector, text, sides in zip(vectors, held.numbers, held.parts, strict=True):
                    size = float(vector[0] if layer.units == 1 else np.linalg.norm(vector))
                    assert rounds(text.get_text(), size, 3)
                    if layer.units > 1:
                        assert_bars(next(bars).vertices, vector / limit, sides)
            assert next(bars, None) is None


def assert_bars(outline, values, sides):
    """The outline stands on the middle, and goes up and down to the values, many of them sorted."""
    _, _, bottom, top = sides
    heights = (outline[:, 1] - (bottom + top) / 2) / ((top - bottom) / 2)
    if len(values) == 4:
        np.testing.assert_allclose(heights[2:18:4], values, atol=1e-6)
        assert heights[0] == heights[-1] == pytest.approx(0, abs=1e-9)
        return
    assert (np.diff(heights[1:-2]) > -1e-9).all(), "from the smallest to the largest"
    wanted = np.quantile(values, np.linspace(0, 1, 64), method="nearest")
    np.testing.assert_allclose(heights[1:-2:2], wanted, atol=0.02)
    np.testing.assert_allclose([heights[1], heights[-3]], [values.min(), values.max()], atol=1e-6)


def test_forward_arrows_are_as_wide_as_the_sizes_that_they_carry(default, traces):
    trace = traces(default)
    for view, _, at, place in moved("network", trace, [m for m in MOVES if "direction" not in m]):
        largest = 0.0
        for k, name in enumerate(trace.layers):
            layer = trace[name]
            states = layer.cell.carried if layer.is_recurrent else ()
            wanted = [
                norm
                for s in states
                for norm in np.linalg.norm(layer.arrays[f"state/{s}"][place, at.sample].astype(float), axis=-1)[:-1]
            ]
            largest = max([largest, *(np.linalg.norm(layer[s].astype(float), axis=-1).max() for s in states)])
            largest = max([largest, np.linalg.norm(layer.x.astype(float), axis=-1).max() if k else 0.0])
            read = np.linalg.norm(np.atleast_2d(layer.x[place, at.sample]).astype(float), axis=-1)
            expected = [width_of(norm, view.scale["flow"]) for norm in wanted]
            expected += [width_of(norm, view.scale["flow" if k else "x"]) for norm in read]
            np.testing.assert_allclose(widths(view.rows[name]), expected, rtol=1e-5)
        assert view.scale["flow"].high == pytest.approx(largest, rel=1e-6)


def test_backward_arrows_are_as_wide_as_the_gradients_that_they_send(default, traces):
    trace = traces(default)
    for view, _, at, place in moved("network", trace, [m for m in MOVES if "direction" in m]):
        if at.direction == "forward":
            continue
        rows = view.data.rows
        sent = {name: [norm for norms in rows[name].carried.values() for norm in norms] for name in rows}
        for name in trace.layers:
            layer = trace[name]
            read = np.linalg.norm(np.atleast_2d(layer.grad["x"][place, at.sample]).astype(float), axis=-1)
            np.testing.assert_allclose(rows[name].entering, read, rtol=1e-6)
            sent[name] += [*read]
        widest = Scale(0.0, max(norm for norms in sent.values() for norm in norms), "size")
        for name, norms in sent.items():
            np.testing.assert_allclose(widths(view.rows[name]), [width_of(n, widest) for n in norms], rtol=1e-5)
        numbers = {name: [text.get_text() for text in numbers_of(view.rows[name])] for name in trace.layers}
        for name, texts in numbers.items():
            assert all(rounds(text, n, 2) for text, n in zip(texts, sent[name], strict=True)), "all have numbers"


def numbers_of(row):
    """Return the numbers beside the arrows of a layer."""
    return [*(text for texts in row.beside.values() for text in texts), *row.upwards]


def test_the_scale_of_a_moment_is_that_of_its_sample_and_epoch(traces):
    trace, cursor = traces("LSTM"), rs.Cursor(epoch=2, sample=0)
    view = view_of("network", trace, cursor, scales="moment")
    for state in "ch":
        limit = max(np.abs(trace[name][state][1, 0]).max() for name in ("lstm", "lstm_1"))
        assert view.scale[state].high == pytest.approx(limit, rel=1e-6)
        assert view_of("network", trace, cursor).scale[state].high > limit
        bars = next(iter(view.rows["lstm_1"].bars.get_paths())).vertices
        assert_bars(bars, trace["lstm_1"]["c"][1, 0, 0] / view.scale["c"].high, view.rows["lstm_1"].held["c"].parts[0])


def test_all_arrows_have_numbers_or_none(traces):
    trace = traces("LSTM")
    for cursor, size, some in (
        (rs.Cursor(), (12, 7), False),
        (rs.Cursor(direction="backward"), (12, 7), True),
        (rs.Cursor(direction="backward"), (5, 7), False),
        (rs.Cursor(direction="backward"), (12, 4), False),
    ):
        view = view_of("network", trace, cursor, figsize=size)
        arrows = sum(len(row.arrows.get_paths()) for row in view.rows.values())
        assert len([n for row in view.rows.values() for n in numbers_of(row)]) == (arrows if some else 0), size


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
    np.testing.assert_allclose(texts, wanted, rtol=0.06)


def test_what_takes_weights_that_were_not_kept_is_left_out():
    trace = trained(*pair(rs.PeepholeLSTM), record=rs.Record(every=2, weights=False))
    view = view_of("network", trace, rs.Cursor(direction="backward"))
    for name in trace.layers[:2]:
        assert list(view.data.rows[name].carried) == ["h"]
        assert "c" not in view.rows[name].beside
        assert len(view.rows[name].arrows.get_paths()) == 8 == len(numbers_of(view.rows[name]))


def test_the_cursor_is_framed_and_its_unit_marked_at_each_step(default, traces):
    trace = traces(default)
    for view, layer, at, place in moved("network", trace, MOVES):
        row = view.rows[layer.name]
        assert view.frame.get_xy() == pytest.approx((view.grid.x(at.time), view.grid.bottoms[row.look.number]))
        marks = iter(row.marks.get_xydata())
        for name, vectors in shown_values(trace, layer, at, place).items():
            limit = limit_of(trace, at, place, name, layer)
            for vector, (left, right, bottom, top) in zip(vectors, row.held[name].parts, strict=True):
                x, y = next(marks)
                assert (x - left) / (right - left) == pytest.approx((at.unit + 0.5) / 4)
                wanted = vector[at.unit] / limit
                assert (y - (bottom + top) / 2) / ((top - bottom) / 2) == pytest.approx(wanted, abs=1e-6)
            for vector, text in zip(vectors, row.held[name].values, strict=False):
                assert rounds(text.get_text(), vector[at.unit], 3)
            assert np.isnan(next(marks)).all(), "the line ends with the state"
    figure = rs.figures.network(trace, rs.Cursor(layer="dense", time=1))
    view = figure.views[0]
    assert view.frame.get_xy() == pytest.approx((view.grid.x(3), view.grid.bottoms[2])), "a dense layer has one box"


def test_a_marked_unit_keeps_its_rank_among_many(traces):
    trace = traces("GRU", 300)
    view = view_of("network", trace, rs.Cursor(unit=17, sample=2, layer="gru_1"))
    row, values = view.rows["gru_1"], trace["gru_1"]["h"][-1, 2]
    for vector, (x, _), (left, right, _, _) in zip(values, row.marks.get_xydata(), row.held["h"].parts, strict=False):
        rank = sorted(vector).index(vector[17])
        assert (x - left) / (right - left) == pytest.approx((rank + 0.5) / 300)


def test_input_prediction_and_target_are_written(traces):
    trace = traces("GRU")
    for view, _, at, place in moved("network", trace, MOVES):
        assert [number(text.get_text()) for text in view.steps.inputs] == trace.x[at.sample].ravel().tolist()
        assert [text.get_text() for text in view.steps.steps] == ["0", "1", "2", "3"]
        found, target = view.target.get_text().split(", target: ")
        assert rounds(found, float(trace.predictions[place, at.sample, 0]), 3)
        assert float(target) == trace.y[at.sample, 0]


def test_colours_are_those_of_the_states(traces):
    view = view_of("network", traces("LSTM"))
    row, cell = view.rows["lstm_1"], traces("LSTM")["lstm_1"].cell
    found = [style.to_hex(colour) for colour in row.arrows.get_facecolor()]
    assert found == [style.quantity_colour(cell, name) for name in [*"cccc", *"hhhh", *"hhhh"]]


def test_a_long_sequence_is_shown_around_the_cursor():
    model = rs.Sequential([rs.SimpleRNN(3, return_sequences=True, input_shape=(50, 2)), rs.Dense(2)])
    model.compile()
    rng = np.random.default_rng(1)
    trace = model.fit(rng.normal(size=(2, 50, 2)), rng.normal(size=(2, 50, 2)), epochs=1, verbose=0)
    figure = rs.figures.network(trace, rs.Cursor(time=20))
    for time in (20, 0, 49, 33):
        figure.update(rs.Cursor(time=time, sample=1))
        view = figure.views[0]
        times = [int(text.get_text()) for text in view.steps.steps]
        assert times[0] == 0 and times[-1] == 49 and time in times and len(times) == 12
        gaps = [text.get_text() == "…" for text in view.steps.gaps]
        assert gaps == [b - a > 1 for a, b in pairwise(times)]
        np.testing.assert_array_equal(view.data.rows["simple_rnn"].held["h"], trace["simple_rnn"]["h"][0, 1][times])
        first = ", ".join(written(value) for value in trace.predictions[0, 1, time])
        assert view.target.get_text().startswith(f"prediction at time step {time}: ({first}), target: (")


def test_the_verdict_speaks_of_the_gradient_only_where_it_is_drawn(traces):
    trace = traces("LSTM")
    forward, backward = (view_of("network", trace, rs.Cursor(direction=way, sample=1)).verdict for way in WAYS)
    assert "answer" in forward and "gradient" not in forward
    assert "answer" in backward and "gradient" in backward


@pytest.fixture(scope="module")
def classifier():
    """Return a function that gives the trace of a net that tells which of three tokens came first."""

    def trace(last, y, sequences=False):
        x = np.eye(3)[rng.integers(0, 3, (6, 4))]
        model = rs.Sequential([rs.GRU(5, return_sequences=sequences, input_shape=(4, 3)), last])
        model.compile(loss="mse")
        return model.fit(x, y, epochs=2, verbose=0)

    rng = np.random.default_rng(0)
    return trace


def test_a_classifier_says_its_class_and_how_likely_it_is(classifier):
    trace = classifier(rs.Dense(3, activation="softmax"), np.eye(3)[[0, 1, 2, 2, 1, 0]])
    for sample in range(6):
        view = view_of("network", trace, rs.Cursor(sample=sample))
        p = trace.predictions[-1, sample]
        said = f"class {p.argmax()} ({100 * p.max():.0f} %)"
        assert view.target.get_text() == f"prediction: {said}, target: class {trace.y[sample].argmax()}"
        assert view.rows["dense"].held["y"].numbers[0].get_text() == said
        (bars,) = view.rows["dense"].bars.get_paths()
        _, _, bottom, top = view.rows["dense"].held["y"].parts[0]
        np.testing.assert_allclose((bars.vertices[2:14:4, 1] - bottom) / (top - bottom), p, rtol=1e-6)
        inputs = [text.get_text() for text in view.steps.inputs]
        assert inputs == [f"no. {token}" for token in trace.x[sample].argmax(axis=-1)]


def test_a_single_probability_is_that_of_the_likelier_of_two_classes(classifier):
    trace = classifier(rs.Dense(1, activation="sigmoid"), np.array([[0.0], [1], [0], [1], [0], [1]]))
    for p, said in ((0.46, "class 0 (54 %)"), (0.9996, "class 1 (>99 %)"), (1.0, "class 1 (100 %)")):
        trace.predictions[-1, 3, 0] = trace["dense"]["y"][-1, 3, 0] = p
        view = view_of("network", trace, rs.Cursor(sample=3))
        assert view.target.get_text() == f"prediction: {said}, target: class 1"
        assert view.rows["dense"].held["y"].numbers[0].get_text() == said
    named = trace.with_labels(rs.Labels(classes=["bad", "good"]))
    assert (
        view_of("network", named, rs.Cursor(sample=3)).rows["dense"].held["y"].numbers[0].get_text() == "good (100 %)"
    )


def test_a_share_that_is_learned_as_a_number_is_no_probability(classifier):
    trace = classifier(rs.Dense(1, activation="sigmoid"), np.array([[0.1], [0.7], [0.3], [0.2], [0.4], [0.9]]))
    view = view_of("network", trace, rs.Cursor(sample=3))
    p = written(trace.predictions[-1, 3, 0])
    assert view.target.get_text() == f"prediction: {p}, target: 0.2"
    assert view.rows["dense"].held["y"].numbers[0].get_text() == f"y = {p}"


def test_the_number_of_a_token_does_not_stand_behind_its_name():
    tokens = np.array([[1, 2, 3]])
    model = rs.Sequential([rs.layers.Embedding(4, 2), rs.GRU(2), rs.Dense(1)], seed=0)
    trace = model.trace(tokens, labels=rs.Labels(time=[["so", ",", "1914"]]))
    view = view_of("network", trace)
    assert [text.get_text() for text in view.steps.inputs] == ["so", ",", "1914"] and "input so, ,, 1914;" in view.alt
    dated = rs.Sequential([rs.GRU(2, input_shape=(3, 1)), rs.Dense(1)], seed=0).trace(
        np.array([[[0.5], [0.25], [0.1]]]), labels=rs.Labels(time=["2024", "2025", "2026"])
    )
    first = view_of("network", dated).steps.inputs[0].get_text()
    assert first == "2024: 0.5", "a number that is read"


def test_classes_of_a_sequence_are_those_of_each_step(classifier):
    trace = classifier(rs.Dense(3, activation="softmax"), np.eye(3)[np.zeros((6, 4), int)], sequences=True)
    view = view_of("network", trace, rs.Cursor(sample=1, time=2))
    best = trace.predictions[-1, 1].argmax(axis=-1)
    texts = [text.get_text() for text in view.rows["dense"].held["y"].numbers]
    assert [text.split(" (")[0] for text in texts] == [f"class {k}" for k in best]
    assert f"at time step 2: class {best[2]} (" in view.target.get_text()


def test_what_is_needed_is_said():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)])
    model.compile()
    trace = model.fit(task.x, task.y, epochs=1, verbose=0, record=rs.Record(quantities=("f", "c")))
    with pytest.raises(ValueError, match=r"expected a recorded one \(f, c\); got 'h'. Record all: Record\(quan"):
        rs.figures.network(trace)
    with pytest.raises(ValueError, match=r"gradients=True"):
        rs.figures.network(model.trace(task.x), rs.Cursor(direction="backward"))
