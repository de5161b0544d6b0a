"""The view of the gradient's way back: norms of what was recorded, and the slope of the prediction itself."""

import numpy as np
import pytest
from pictures import EPOCHS, assert_texts_are_apart, moved, number, pair, texts_of, trained, view_of
from rows import over

import rnnscope as rs
from rnnscope import cells
from rnnscope.analysis.factors import factors_of, ways
from rnnscope.cells import Cell, linear, previous, sigmoid, symbols, tanh, x
from rnnscope.figures import style
from rnnscope.figures.gradient_flow.panels import factor_words
from rnnscope.numbers import written


def norms(layer, state, relative=False):
    """Return the norm of a state's gradient over all units, (epoch, sample, time), or relative to the last step."""
    found = np.linalg.norm(layer.grad[state].astype(float), axis=-1)
    return found / found[..., -1:] if relative else found


def lowest(every):
    """Return the low end of the scale: the smallest norm above zero, at most twelve powers of ten down."""
    every = np.concatenate([norm.ravel() for norm in every])
    return max(every[every > 0].min(), 1e-12 * every.max())


def lifted(norms, every):
    """Return norms as lines show them: none below the low end of the scale, and a gap at zero."""
    return np.where(norms > 0, np.maximum(norms, lowest(every)), np.nan)


def is_rounding(layer, state):
    """Say whether the gradient of a state is nothing but rounding: the stabiliser of an SLSTM does nothing at all."""
    return layer.kind == "SLSTM" and state == "m"


def norms_of_all(trace, states, relative):
    """Return the norms that share a scale: those of some states in both layers."""
    layers = [trace[name] for name in trace.layers[:2]]
    return [norms(layer, s, relative) for layer in layers for s in states if not is_rounding(layer, s)]


def bars_of(view):
    """Return the middle and the height of each bar, with its sign."""
    boxes = [path.get_extents() for path in view.inputs[0].bars.get_paths()]
    middles = np.array([(box.x0 + box.x1) / 2 for box in boxes])
    heights = np.array([box.y1 if box.y1 > -box.y0 else box.y0 for box in boxes])
    assert len(heights) == 0 or np.abs(heights).max() == pytest.approx(1), "the largest fills the panel"
    known = view.data.inputs[0][np.isfinite(view.data.inputs[0]).all(axis=1)]
    limit = np.abs(known if known.shape[1] <= 4 else np.linalg.norm(known, axis=1)).max(initial=0)
    return middles, heights * limit


@over(cell=rs.cells.names(), units=(4, 300), relative=(True, False))
def test_the_lines_are_the_norms_at_the_moment(traces, cell, units, relative):
    trace = traces(cell, units)
    for view, layer, at, place in moved("gradient_flow", trace, relative=relative):
        (other,) = (trace[name] for name in trace.layers[:2] if name != layer.name)
        assert set(view.norms.lines) == {*layer.cell.states, other.name}
        wanted = {state: norms(layer, state, relative)[place, at.sample] for state in layer.cell.states}
        wanted[other.name] = norms(other, other.output, relative)[place, at.sample]
        every = norms_of_all(trace, layer.cell.states, relative)
        for name, line in view.norms.lines.items():
            assert line.get_xdata().tolist() == [0, 1, 2, 3]
            if is_rounding(layer, name):
                assert np.isnan(line.get_ydata()).all()
                continue
            np.testing.assert_allclose(line.get_ydata(), lifted(wanted[name], every), rtol=1e-6)
        assert list(view.norms.time_line.get_xdata()) == [at.time] * 2
        low, high = view.norms.axes.get_ylim()
        assert low < lowest(every) and high > max(np.max(norm) for norm in every)
        assert view.norms.axes.get_yscale() == "log"
        assert view.norms.axes.get_ylabel() == ("norm, last step = 1" if relative else "norm over all units")


def test_lines_have_the_colours_of_their_states_and_are_named(traces):
    figure = rs.figures.gradient_flow(traces("LSTM"), rs.Cursor(layer="lstm"))
    (view,) = figure.views
    for state in "ch":
        assert view.norms.lines[state].get_color() == style.quantity_colour(view.layer.cell, state)
    texts = {text.get_text() for text in texts_of(figure)}
    assert {"∂L/∂c", "∂L/∂h", "∂L/∂output of lstm_1"} <= texts


@over(cell=rs.cells.names(), units=(4, 300), relative=(True, False))
def test_the_heat_map_is_the_logarithm_of_the_norms_over_the_epochs(traces, cell, units, relative):
    trace = traces(cell, units)
    for view, layer, at, place in moved("gradient_flow", trace, relative=relative):
        every = norms_of_all(trace, layer.cell.states, relative)
        shown = lifted(norms(layer, layer.output, relative)[:, at.sample], every)
        wanted = np.nan_to_num(np.log10(shown), nan=np.log10(lowest(every)) - 1)
        np.testing.assert_allclose(view.heat.image.get_array(), wanted, rtol=1e-5, atol=1e-6)
        assert view.column.patch.get_x() == at.time - 0.5
        assert view.row.get_ydata() == [place]
        ends = np.log10([lowest(every), max(norm.max() for norm in every)]).tolist()
        assert view.heat.image.get_clim() == pytest.approx(ends), "the same at every epoch"
        labels = view.heat.axes.yaxis.get_major_formatter()
        assert [labels(row, None) for row in range(3)] == [str(epoch) for epoch in EPOCHS]


def test_zero_is_a_mark_at_the_bottom_and_blank_in_the_map():
    trace = trained(*pair(rs.LSTM))
    trace["lstm"].grad["h"][1, 0, 2] = 0
    figure = rs.figures.gradient_flow(trace, rs.Cursor(layer="lstm", epoch=2, sample=0), relative=False)
    (view,) = figure.views
    drawn = view.norms.drawn
    marks = dict(zip(view.norms.lines, drawn.marks, strict=True))
    assert np.isnan(view.norms.lines["h"].get_ydata()).tolist() == [False, False, True, False]
    assert marks["h"].get_xydata().tolist() == [[2, 0]] and not len(marks["c"].get_xydata())
    assert drawn.text.get_text() == "exactly 0" and drawn.text.get_position()[0] == 2
    colours = view.heat.image.to_rgba(view.heat.image.get_array())
    assert colours[1, 2].tolist() == [1, 1, 1, 1] and (colours[[0, 2], 2] < 1).any(axis=1).all()
    assert view.heat.image.table[view.heat.image.places(view.heat.image.get_array()[1, 2])].tolist() == [255] * 4
    assert view.heat.axes.get_title() == "‖∂L/∂h‖; blank: 0"
    assert_texts_are_apart(figure)
    figure.update(rs.Cursor(layer="lstm", epoch=4, sample=0))
    assert not len(marks["h"].get_xydata()) and not drawn.text.get_text()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_that_is_nothing_but_rounding_is_said_and_stretches_no_scale(dtype):
    model = rs.Sequential([*pair(rs.SLSTM), rs.Dense(1)], seed=1, dtype=dtype)
    model.compile()
    task = rs.tasks.counting()
    trace = model.fit(task.x, task.y, epochs=5, verbose=0)
    figure = rs.figures.gradient_flow(trace, rs.Cursor(epoch=4))
    (view,) = figure.views
    assert "∂L/∂m: 0 up to rounding" in {text.get_text() for text in texts_of(figure)}
    assert "of m 0 up to rounding" in view.alt
    every = norms_of_all(trace, view.layer.cell.states, relative=True)
    assert view.scale["norm"].low == pytest.approx(np.log10(lowest(every)))
    (panel, _) = view.curves(view.moment)
    assert [curve.name for curve in panel.curves] == ["∂L/∂c", "∂L/∂n", "∂L/∂h"]


def test_a_last_gradient_of_zero_is_said():
    trace = trained(rs.LSTM(4, input_shape=(4, 1)))
    for state in "ch":
        trace["lstm"].grad[state][1, 0, 3] = 0
    figure = rs.figures.gradient_flow(trace, rs.Cursor(epoch=2, sample=0))
    (view,) = figure.views
    assert np.isnan(view.norms.lines["h"].get_ydata()).all()
    assert view.norms.flat.get_text() == "the gradient at the last step is 0 or not finite"
    assert_texts_are_apart(figure)
    figure.update(rs.Cursor(epoch=4, sample=0))
    assert view.norms.lines["h"].get_ydata()[-1] == 1 and not view.norms.flat.get_text()


# ------------------------------------------------------------------------------------------------------ the factor

SHARES = {
    "LSTM": lambda layer, at: layer["f"][at],
    "PeepholeLSTM": lambda layer, at: layer["f"][at],
    "GRU": lambda layer, at: layer["z"][at],
    "MinGRU": lambda layer, at: 1 - layer["z"][at],
    "MinimalGatedUnit": lambda layer, at: 1 - layer["f"][at],
    "RGLRU": lambda layer, at: layer["a"][at],
    "SimpleRNN": lambda layer, at: 1 - layer["h"][at] ** 2,
    "LRU": lambda layer, at: np.exp(-np.exp(layer.constants["ν"][at[0]]))[None].repeat(4, 0),
}
"""What each cell multiplies the gradient with, by its equations, (time, unit)."""

STATES = {"LSTM": ("c",), "PeepholeLSTM": ("c",), "LRU": ("re", "im")}
"""The states whose gradient that is, if not the hidden one."""


@pytest.mark.parametrize("cell", SHARES)
def test_the_factor_is_what_the_equations_multiply_with(traces, cell):
    trace = traces(cell)
    for view, layer, at, place in moved("gradient_flow", trace):
        (line,) = view.factors.lines.values()
        slopes = SHARES[cell](layer, (place, at.sample)).astype(float)
        gradients = np.array([layer.grad[s][place, at.sample] for s in STATES.get(cell, "h")], float)
        before, after = (np.linalg.norm(g, axis=(0, 2)) for g in (gradients, gradients * slopes))
        wanted = np.divide(after, before, out=np.full(len(before), np.nan), where=before > 0)
        np.testing.assert_allclose(line.get_ydata(), wanted[1:], rtol=1e-5)
        assert line.get_xdata().tolist() == [1, 2, 3]
        assert list(view.factors.time_line.get_xdata()) == [at.time] * 2


def test_a_simple_rnn_says_by_how_much_its_matrix_stretches():
    trace = trained(rs.SimpleRNN(5, input_shape=(4, 1)))
    view = view_of("gradient_flow", trace, rs.Cursor(epoch=4))
    largest = np.linalg.svd(trace["simple_rnn"].weights(4)["recurrent_kernel"].astype(float))[1][0]
    assert factor_words(view.data.factors)[2] == f"1 − h², then U_h (at most ×{written(largest)})"
    lost = trained(rs.SimpleRNN(5, input_shape=(4, 1)), record=rs.Record(every=2, weights=False))
    assert factor_words(view_of("gradient_flow", lost).data.factors)[2] == "1 − h², then U_h"


def test_the_measured_factor_times_the_last_gradient_is_the_first():
    view = view_of("gradient_flow", trained(rs.GRU(4, input_shape=(4, 1))))
    measured = view.factors.measured.get_ydata()
    np.testing.assert_allclose(np.prod(measured), view.data.norms["h"][0], rtol=1e-6)


def test_where_gradient_comes_in_is_said(traces):
    trace = traces("LSTM")
    below, above = (view_of("gradient_flow", trace, rs.Cursor(layer=name)) for name in ("lstm", "lstm_1"))
    assert below.factors.measured is None and "comes in at every one" in below.factors.axes.get_xlabel()
    assert above.factors.measured is not None and "comes in at the last only" in above.factors.axes.get_xlabel()


def test_a_cell_whose_quantities_were_not_all_recorded_has_no_factor():
    trace = trained(rs.LSTM(4, input_shape=(4, 1)), record=rs.Record(every=2, quantities=["c", "h"]))
    assert factors_of(rs.Cursor().at(trace)) == []


@pytest.mark.usefixtures("registry_restored")
def test_a_cell_that_remembers_through_gates_only_has_no_factor():
    @rs.register
    def gated():
        h_prev, (r,) = cells.previous("h"), cells.symbols("r")
        reset = cells.gate("r", cells.sigmoid(cells.linear(cells.x, h_prev)), "how much it reads")
        hidden = cells.state("h", cells.tanh(cells.linear(cells.x, r * h_prev)), "what it puts out")
        return cells.Cell("Gated", reset, hidden, title="gated cell")

    figure = rs.figures.gradient_flow(trained(rs.layers.Gated(3, input_shape=(4, 1))))
    (view,) = figure.views
    assert not view.factors.lines and "through gates" in view.factors.nothing.get_text()
    assert_texts_are_apart(figure)


# ------------------------------------------------------------------------------------------------------ the inputs


def test_the_bars_are_the_gradient_of_the_prediction(default, traces):
    trace = traces(default)
    for view, _, at, place in moved("gradient_flow", trace):
        by_input = trace[trace.layers[0]].grad["x"][place, at.sample, :, 0].astype(float)
        by_prediction = float(trace.prediction_gradients[place, at.sample, 0])
        middles, heights = bars_of(view)
        np.testing.assert_allclose(middles, range(4), atol=1e-9)
        np.testing.assert_allclose(heights, by_input / by_prediction, rtol=1e-5)
        strong = view.inputs[0].bars.get_facecolor().sum(axis=1)
        assert strong.argmin() == at.time and np.sum(strong == strong.min()) == 1, "the ink is the darkest"
        assert view.inputs[0].bars.axes.get_title() == "∂prediction/∂x"
        largest = np.abs(by_input / by_prediction).max()
        assert [text.get_text() for text in view.inputs[0].ends] == [written(-largest, 2), written(largest, 2)]
        assert not view.inputs[0].undefined.get_text()


def exact_problem(*layers, features, steps=4, samples=3):
    """Return a model in float64 with weights drawn at random, inputs and targets; every input matters."""
    model = rs.Sequential([*layers, rs.Dense(1)], dtype="float64")
    model.compile()
    start = model.get_weights()
    for seed in range(3, 100):
        rng = np.random.default_rng(seed)
        model.set_weights([weights + rng.normal(0, 0.2, weights.shape) for weights in start])
        x, y = rng.uniform(-1, 1, (samples, steps, features)), rng.normal(size=(samples, 1))
        trace = model.trace(x, y)
        if trace[trace.layers[0]].grad["x"].any(axis=(0, 2, 3)).all():
            return model, x, y
    raise LookupError("no seed suits these layers")


@over(cell=rs.cells.names(), features=(1, 3, 6))
def test_the_bars_are_what_the_prediction_does_when_an_input_is_moved(cell, features, central_differences):
    layer = getattr(rs.layers, cell)
    first = layer(5, return_sequences=True, input_shape=(4, features))
    model, x, y = exact_problem(first, layer(3), features=features)
    trace = model.trace(x, y)
    for sample in (0, 2):
        view = view_of("gradient_flow", trace, rs.Cursor(sample=sample))
        (slopes,) = central_differences(lambda a, k=sample: float(model.predict(a[0])[0, 0]), [x[sample : sample + 1]])
        middles, heights = bars_of(view)
        if features == 6:
            wanted = np.linalg.norm(slopes[0], axis=1)
            assert view.inputs[0].bars.axes.get_title() == "‖∂prediction/∂x‖"
        else:
            wanted = slopes.ravel()
        assert np.abs(heights - wanted).max() < 1e-6 * np.abs(wanted).max()
        each = 1 if features == 6 else features
        assert (np.round(middles) == np.repeat(range(4), each)).all() and (np.diff(middles) > 0).all()


def test_a_first_layer_that_reads_backwards_has_its_bars_at_the_steps_of_the_input(central_differences):
    layer = rs.GRU(4, go_backwards=True, input_shape=(4, 1))
    model, x, y = exact_problem(layer, features=1)
    view = view_of("gradient_flow", model.trace(x, y), rs.Cursor(sample=0))
    (slopes,) = central_differences(lambda a: float(model.predict(a[0])[0, 0]), [x[:1]])
    np.testing.assert_allclose(bars_of(view)[1], slopes.ravel(), rtol=1e-6)


def test_nets_with_several_predictions_show_the_gradient_of_the_loss(central_differences):
    model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(2)], dtype="float64")
    model.compile()
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1, 4, 1)), rng.normal(size=(1, 2))
    view = view_of("gradient_flow", model.trace(x, y))
    (slopes,) = central_differences(lambda a: model.evaluate(a[0], y), [x])
    np.testing.assert_allclose(bars_of(view)[1], slopes.ravel(), rtol=1e-6)
    assert view.inputs[0].bars.axes.get_title() == "∂L/∂x"


def test_where_the_loss_does_not_change_the_bars_are_undefined():
    model, x, _ = exact_problem(rs.LSTM(4, input_shape=(4, 1)), features=1)
    y = model.predict(x) + [[0], [1], [2]]
    trace = model.trace(x, y)
    view = view_of("gradient_flow", trace)
    assert (
        not view.inputs[0].bars.get_paths()
        and view.inputs[0].undefined.get_text() == "4 undefined: the loss does not change"
    )
    view = view_of("gradient_flow", trace, rs.Cursor(sample=1))
    assert len(view.inputs[0].bars.get_paths()) == 4 and not view.inputs[0].undefined.get_text()


def test_the_words_say_how_much_of_the_gradient_is_left(traces):
    trace = traces("LSTM")
    view = view_of("gradient_flow", trace, rs.Cursor(epoch=2, layer="lstm", sample=3))
    for state in "ch":
        first, last = norms(trace["lstm"], state)[1, 3, [0, -1]]
        share = f"{written(100 * first / last, 2)} %"
        words = f"of {state} {written(first)} at time step 0 ({share}) and {written(last)} at time step 3"
        assert words in view.alt
    told = view.alt.rpartition("by time step: ")[2].strip(".").split(", ")
    np.testing.assert_allclose([number(text) for text in told], bars_of(view)[1], rtol=0.006)


def test_a_state_that_its_own_gate_reads_without_weights_has_no_factor(registry_restored):
    h_prev = previous("h")
    kept = cells.gate("f", sigmoid(h_prev), "forget gate")
    (f,) = symbols("f")
    rs.register(Cell("Odd", kept, cells.state("h", f * h_prev + (1 - f) * tanh(linear(x, h_prev)), "hidden state")))
    assert ways(rs.cells.build("Odd")) == ()
    task, model = rs.tasks.counting(), rs.Sequential([rs.layers.Odd(3, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=1, verbose=0)
    assert view_of("gradient_flow", trace).data.factors == []
