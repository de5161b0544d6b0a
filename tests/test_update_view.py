"""The view update: addends against gradients and differences, and the step that was taken against kept weights."""

import numpy as np
import pytest
from pictures import moved, number, pair, trained, view_of

import rnnscope as rs
from rnnscope.analysis.addends import addends_of
from rnnscope.analysis.made_of import main_weight
from rnnscope.figures.update.choices import weight_called


def gradients_of(model, problem_x, y, trace):
    """Return the gradients of all weights by layer and name of the array."""
    return {
        (layer, name): g
        for (layer, name, _), g in zip(trace.snapshots.shapes, model.gradients(problem_x, y), strict=True)
    }


# ----------------------------------------------------------------------------------------------------------- addends


@pytest.mark.parametrize("backwards", [False, True])
def test_addends_add_up_to_the_gradient_of_every_block(default, small_problem, backwards):
    problem = small_problem(default, go_backwards=backwards)
    trace = problem.model.trace(problem.x, problem.y)
    wanted = gradients_of(problem.model, problem.x, problem.y, trace)
    for layer in problem.model.layers[:2]:
        moment = rs.Cursor(layer=layer.name).at(trace)
        for weight in layer.cell.weights:
            array = layer.cell.array_of(weight)
            gradient = wanted[layer.name, array.name]
            addends = addends_of(moment, weight)
            total = addends.total().reshape(gradient[array.index(weight, layer.units)].shape)
            scale = np.abs(gradient).max()
            np.testing.assert_allclose(total, gradient[array.index(weight, layer.units)], rtol=0, atol=1e-12 * scale)
            np.testing.assert_allclose(
                sum(addends.at(t) for t in range(4)), addends.total(), rtol=0, atol=1e-12 * scale
            )
            np.testing.assert_allclose(addends.of(0, 2).sum(), addends.total()[0, 2], rtol=0, atol=1e-12 * scale)
            alone = [
                addends_of(rs.Cursor(layer=layer.name, sample=k).at(trace), weight, one_sample=True) for k in range(3)
            ]
            np.testing.assert_allclose(sum(a.total() for a in alone), addends.total(), rtol=0, atol=1e-12 * scale)


def sigma(z):
    return 1 / (1 + np.exp(-z))


def loss_of_gru(kernel, bias, recurrent_by_step, dense, problem):
    """Return the loss of a GRU whose recurrent kernel is another one at each time step, written out."""
    x, y = problem
    h = np.zeros((len(x), 2))
    for t, recurrent in enumerate(recurrent_by_step):
        given, own = x[:, t] @ kernel + bias[0], h @ recurrent + bias[1]
        z, r = sigma(given[:, :2] + own[:, :2]), sigma(given[:, 2:4] + own[:, 2:4])
        h = z * h + (1 - z) * np.tanh(given[:, 4:] + r * own[:, 4:])
    return float(((h @ dense[0] + dense[1] - y) ** 2).mean())


@pytest.mark.parametrize("block", ["U_z", "U_r", "U_g"])
def test_what_a_time_step_adds_is_the_gradient_by_the_weights_of_that_step_alone(block, central_differences):
    rng = np.random.default_rng(1)
    model = rs.Sequential([rs.GRU(2, input_shape=(3, 2)), rs.Dense(1)], dtype="float64", seed=0)
    model.compile()
    kernel, recurrent, bias, *dense = (rng.normal(size=w.shape) for w in model.get_weights())
    model.set_weights([kernel, recurrent, bias, *dense])
    x, y = rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 1))
    moment = rs.Cursor().at(model.trace(x, y))
    addends = addends_of(moment, weight_called(moment.layer.cell, block))
    columns = {"U_z": slice(0, 2), "U_r": slice(2, 4), "U_g": slice(4, 6)}[block]
    found = central_differences(lambda steps: loss_of_gru(kernel, bias, steps, dense, (x, y)), [recurrent] * 3)
    for time, difference in enumerate(found):
        np.testing.assert_allclose(addends.at(time), difference[:, columns], rtol=0, atol=1e-8)
    assert not addends.at(0).any(), "there was nothing to read before the first step"
    np.testing.assert_allclose(addends.norms(), [np.linalg.norm(d[:, columns]) for d in found], atol=1e-8)


# ----------------------------------------------------------------------------------------------------- what is drawn


def test_bars_map_and_row_show_the_gradient_and_the_step(default, traces):
    trace = traces(default)
    for view, layer, at, _ in moved("update", trace):
        data, moment = view.data, at.at(trace)
        block = view.block_of(moment)
        addends = addends_of(moment, weight_called(layer.cell, block.name))
        bars = np.array([np.ptp(path.vertices[:, 1]) for path in view.norms.bars.get_paths()])
        sizes = np.array([*addends.norms(), np.linalg.norm(addends.total())])
        np.testing.assert_allclose(bars, sizes / (sizes.max() or 1), atol=1e-9)
        gradient = addends.total()
        np.testing.assert_allclose(
            view.map.heat.image.get_array() * view.data.lesson.limit, gradient, atol=1e-6 * np.abs(gradient).max()
        )
        assert data.unit == at.unit and data.row == np.argmax(np.abs(gradient[:, at.unit]))
        assert (view.map.ring.get_xdata(), view.map.ring.get_ydata()) == ([data.unit], [data.row])
        written = [text.get_text() for text in view.of_weight.numbers]
        assert number(written[2]) == pytest.approx(gradient[data.row, data.unit], rel=0.006, abs=1e-12)
        before = block.of(layer.weights(at.epoch))[data.row, data.unit]
        assert number(written[1]) == pytest.approx(before, rel=6e-4, abs=1e-12)
        if at.epoch < 4:
            after = block.of(layer.weights(at.epoch + 2))[data.row, data.unit]
            assert number(written[4]) == pytest.approx(after, rel=6e-4, abs=1e-12)
            assert number(written[3].lstrip("+")) == pytest.approx(float(after) - before, rel=0.006, abs=1e-9)
            assert view.texts.row()[3][0][1] == "2 steps of the optimizer"
        else:
            assert written[3:] == ["see epoch 2", "not known"], "the last one whose next weights were kept"
            assert view.texts.row()[4][0][0] == "after: no later weights kept"


def test_a_step_of_gradient_descent_is_the_gradient_times_the_rate():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(3, input_shape=(4, 1)), rs.Dense(1)], dtype="float64", seed=0)
    model.compile(rs.optimizers.SGD(0.01), "mse")
    trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    for block in ("W_i", "U_f", "b_g"):
        data = view_of("update", trace, rs.Cursor(epoch=1), block=block).data
        np.testing.assert_allclose(data.taken.change, -0.01 * data.lesson.gradient, rtol=1e-9)
        assert data.taken.steps == 1 and data.taken.later == 2
    view = view_of("update", trace, rs.Cursor(epoch=1), block="U_f")
    assert view.texts.row()[3][0] == ["step of the optimizer", "step"]
    assert view.note.get_text() == "Gradient of the mean loss over all 6 samples"


def test_many_units_are_sorted_by_their_largest_gradient(traces):
    view = view_of("update", traces("LSTM", 300), rs.Cursor(epoch=2), block="U_f")
    shown, lesson = np.abs(view.map.heat.image.get_array()), view.data.lesson
    assert (np.diff(shown.max(axis=1)) <= 0).all() and (np.diff(shown.max(axis=0)) <= 0).all()
    row, column = lesson.place(view.data.row, view.data.unit)
    assert (view.map.ring.get_xdata(), view.map.ring.get_ydata()) == ([column], [row])
    assert view.map.axes.get_xlabel() == "to unit, largest gradient first"
    np.testing.assert_array_equal(
        lesson.gradient[lesson.rows][:, lesson.columns][row, column], lesson.gradient[view.data.row, view.data.unit]
    )


def test_one_sample_alone_shows_the_product_that_the_step_adds(traces):
    trace = traces("LSTM")
    view = view_of(
        "update", trace, rs.Cursor(epoch=2, sample=4, time=2, unit=1), block="U_f", samples="one", weight=(3, 1)
    )
    layer, place = trace["lstm"], (1, 4, 2)
    read, gradient = layer.prev["h"][place][3], layer.grad_pre["f"][place][1]
    words = view.one.line.get_text()
    assert words.startswith("U_f[3, 1] at step 2: ") and number(words) == pytest.approx(
        float(read) * gradient, rel=0.006
    )
    assert view.note.get_text() == "What sample 4 alone adds to the gradient of the mean loss"
    view.update(rs.Cursor(epoch=2, sample=5, time=2, unit=1))
    assert view.data.lesson.gradient[3, 1] != pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(view.data.lesson.addends.read[0], layer.prev["h"][1, 5])


@pytest.mark.parametrize(
    ("name", "phase", "block"),
    [
        ("LSTM", "f", "U_f"),
        ("LSTM", "c", "U_i"),
        ("LSTM", "h", "U_o"),
        ("GRU", "h", "U_z"),
        ("SimpleRNN", "h", "U_h"),
        ("MinGRU", "h", "W_z"),
        ("RGLRU", "a", "Λ"),
        ("LRU", "h", "U_h"),
    ],
)
def test_the_block_of_the_phase_is_shown_or_that_of_what_it_is_made_of(name, phase, block):
    assert main_weight(rs.cells.build(name), phase).name == block


# ------------------------------------------------------------------------------------------------ what is not known


def test_weights_that_were_not_kept_are_said():
    trace = trained(*pair(rs.LSTM), record=rs.Record(weights=2))
    row = view_of("update", trace, rs.Cursor(epoch=2)).texts.row()
    assert row[1] == (["before: epoch 2 not kept", "before"], ["not known", "–"])
    assert row[3][1] == ["see epoch 0", "–"] and row[4][0][0] == "after, epoch 4"
    kept = view_of("update", trace, rs.Cursor(epoch=0)).texts.row()
    assert kept[3][0][1] == "4 steps of the optimizer" and kept[3][1][0].startswith(("+", "−"))


def test_gradients_that_were_not_recorded_are_said():
    trace = trained(*pair(rs.LSTM), record=rs.Record(gradients=False))
    figure = rs.figures.update(trace, rs.Cursor(epoch=0))
    view = figure.views[0]
    assert view.note.get_text() == "No gradients were recorded: record with gradients=True, and pass targets."
    assert [names[0] for names, _ in view.texts.row()][3] == "step of the optimizer"
    change = view.data.taken.change
    assert view.data.row == np.argmax(np.abs(change[:, view.data.unit])) and view.texts.row()[2][1][0] == "not known"
    assert "No gradients were recorded" in figure.alt and figure.frame().any()
    without = trained(*pair(rs.LSTM), record=rs.Record(gradients=False, weights=False))
    with pytest.raises(ValueError, match="trace: expected gradients or weights; got neither"):
        rs.figures.update(without)


def test_samples_that_were_not_recorded_are_said():
    part = trained(*pair(rs.LSTM), record=rs.Record(samples=[0, 2]))
    view = view_of("update", part, rs.Cursor(epoch=2))
    assert view.note.get_text() == "A part of the gradient of the mean loss: only 2 of 6 samples were recorded"
    whole = view_of("update", trained(*pair(rs.LSTM)), rs.Cursor(epoch=2))
    weight = weight_called(whole.layer.cell, whole.block_of(whole.moment).name)
    alone = [addends_of(whole.moment.but(sample=k), weight, one_sample=True).total() for k in (0, 2)]
    np.testing.assert_allclose(view.data.lesson.gradient, sum(alone), atol=1e-7)


def test_steps_of_several_batches_are_said():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.GRU(3, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, batch_size=2, epochs=2, verbose=0)
    view = view_of("update", trace, rs.Cursor(epoch=0))
    assert view.note.get_text().endswith("the epoch took 3 steps, each by the gradient of its own batch")
    assert view.texts.row()[3][0][0] == "3 steps, epochs 0 to 1"
    trace.training = {}
    view = view_of("update", trace, rs.Cursor(epoch=0))
    assert "whether the training had more is not known" in view.note.get_text()
    assert view.texts.row()[3][0] == ["change"]


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"block": "U_k"}, ValueError, "block: expected one of"),
        ({"samples": "two"}, ValueError, "samples: expected one of all, one; got 'two'"),
        ({"weight": 3}, TypeError, "weight: expected a row and a unit"),
        ({"weight": (0, 4)}, ValueError, "weight: unit: expected a number from 0 to 3; got 4"),
        ({"weight": (-1, 0)}, ValueError, "weight: row: expected"),
    ],
)
def test_what_is_not_there_is_named(traces, options, kind, words):
    with pytest.raises(kind, match=words):
        rs.figures.update(traces("LSTM"), **options)


def test_a_layer_without_the_chosen_block_is_refused():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(3, return_sequences=True, input_shape=(4, 1)), rs.GRU(3), rs.Dense(1)], seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="block of layer 'gru': expected one of"):
        rs.figures.update(trace, rs.Cursor(layer="gru"), block="U_f")


def test_the_backward_direction_is_the_same_and_says_so(traces):
    forward, backward = (view_of("update", traces("LSTM"), rs.Cursor(direction=to)) for to in ("forward", "backward"))
    assert "same in both directions" in backward.when()[0] and "directions" not in forward.when()[0]
