"""Layers and models: Keras's names, shapes and counts, signatures and docstrings made from declarations, summaries."""

from __future__ import annotations

import inspect
from html.parser import HTMLParser

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import rnnscope as rs

KERAS_ARRAYS = {  # name, number of rows (D features, H units), gates side by side
    "SimpleRNN": [("kernel", "D", 1), ("recurrent_kernel", "H", 1), ("bias", None, 1)],
    "LSTM": [("kernel", "D", 4), ("recurrent_kernel", "H", 4), ("bias", None, 4)],
    "GRU": [("kernel", "D", 3), ("recurrent_kernel", "H", 3), ("bias", 2, 3)],
    "MinimalGatedUnit": [("kernel", "D", 2), ("recurrent_kernel", "H", 2), ("bias", None, 2)],
    "PeepholeLSTM": [("kernel", "D", 4), ("recurrent_kernel", "H", 4), ("bias", None, 4), ("peephole", None, 3)],
}


def names_of(*layers):
    return [layer.name for layer in rs.Sequential([rs.Input((4, 1)), *layers]).layers]


def test_layers_are_named_as_keras_names_them():
    sequences = {"return_sequences": True}
    assert names_of(rs.SimpleRNN(2, **sequences), rs.SimpleRNN(2, **sequences), rs.SimpleRNN(2)) == [
        "simple_rnn",
        "simple_rnn_1",
        "simple_rnn_2",
    ]
    assert names_of(rs.LSTM(2, **sequences), rs.GRU(2, **sequences), rs.LSTM(2), rs.Dense(2), rs.Dense(1)) == [
        "lstm",
        "gru",
        "lstm_1",
        "dense",
        "dense_1",
    ]
    assert names_of(rs.PeepholeLSTM(2, **sequences), rs.MinimalGatedUnit(2)) == ["peephole_lstm", "minimal_gated_unit"]


def test_a_given_name_stays_and_a_made_one_avoids_it():
    assert names_of(rs.LSTM(2, name="memory", return_sequences=True), rs.Dense(1, name="head")) == ["memory", "head"]
    names = names_of(rs.LSTM(2, name="lstm_1", return_sequences=True), rs.LSTM(2, return_sequences=True), rs.LSTM(2))
    assert names[0] == "lstm_1"
    assert len(set(names)) == 3


def test_layers_with_names_of_their_own_are_not_counted():
    assert names_of(rs.LSTM(2, name="memory", return_sequences=True), rs.LSTM(2)) == ["memory", "lstm"]


@pytest.mark.parametrize(
    ("cell", "first", "then"),
    [
        ("SimpleRNN", ["activation"], []),
        ("LSTM", ["activation", "recurrent_activation"], ["unit_forget_bias"]),
        ("GRU", ["activation", "recurrent_activation"], ["reset_after"]),
        ("PeepholeLSTM", ["activation", "recurrent_activation"], ["unit_forget_bias"]),
        ("MinimalGatedUnit", ["activation", "recurrent_activation"], []),
    ],
)
def test_signatures_list_the_options_of_the_cell_in_the_order_of_keras(cell, first, then):
    parameters = inspect.signature(getattr(rs.layers, cell)).parameters
    assert list(parameters) == [
        "units",
        *first,
        "use_bias",
        "kernel_initializer",
        "recurrent_initializer",
        "bias_initializer",
        *(name for name in then if name == "unit_forget_bias"),
        "kernel_regularizer",
        "recurrent_regularizer",
        "bias_regularizer",
        *(name for name in then if name != "unit_forget_bias"),
        "return_sequences",
        "return_state",
        "go_backwards",
        "stateful",
        "dropout",
        "recurrent_dropout",
        "zero_output_for_mask",
        "input_shape",
        "name",
    ]
    defaults = {name: p.default for name, p in parameters.items() if p.default is not inspect.Parameter.empty}
    expected = {"activation": "tanh", "recurrent_activation": "sigmoid", "unit_forget_bias": True, "reset_after": True}
    assert {name: defaults[name] for name in (*first, *then)} == {name: expected[name] for name in (*first, *then)}
    assert defaults["use_bias"] is True
    assert defaults["recurrent_initializer"] == "orthogonal"


@pytest.mark.parametrize("cell", rs.cells.names())
def test_docstrings_have_every_quantity_with_its_meaning_and_every_option(cell):
    kind = getattr(rs.layers, cell)
    for quantity in kind.cell:
        assert f"{quantity.name} : {quantity.role}\n    {quantity.words}." in kind.__doc__
    for option in inspect.signature(kind).parameters:
        assert option in kind.__doc__
    for paper in kind.cell.papers:
        assert paper in kind.__doc__


@pytest.mark.parametrize("cell", rs.cells.names())
def test_layers_are_found_in_three_places_and_are_classes_of_their_own(cell):
    kind = getattr(rs.layers, cell)
    assert kind is getattr(rs, cell) is rs.layers.layer_class(cell)
    assert kind.__name__ == cell
    assert kind.cell.name == cell
    assert cell in dir(rs.layers) and cell in dir(rs)
    assert kind(2).source() == kind.source()


def test_source_follows_the_options_of_the_layer():
    assert rs.GRU(2, reset_after=False).source() != rs.GRU.source()
    assert "def " in rs.GRU.source()


@pytest.mark.parametrize("cell", KERAS_ARRAYS)
@pytest.mark.parametrize("use_bias", [True, False])
def test_weights_stand_in_keras_order_and_shapes(cell, use_bias):
    layer = getattr(rs, cell)(5, use_bias=use_bias, input_shape=(4, 3))
    model = rs.Sequential([layer, rs.Dense(2, use_bias=use_bias)])
    wanted = []
    for name, rows, gates in KERAS_ARRAYS[cell]:
        if use_bias or name != "bias":
            size = {"D": 3, "H": 5}.get(rows, rows)
            wanted.append((gates * 5,) if size is None else (size, gates * 5))
    dense = [(5, 2), (2,)] if use_bias else [(5, 2)]
    assert [array.shape for array in model.get_weights()] == [*wanted, *dense]
    assert list(layer.weight_shapes()) == [n for n, _, _ in KERAS_ARRAYS[cell] if use_bias or n != "bias"]
    assert [array.shape for array in layer.get_weights()] == wanted
    assert layer.count_params() == sum(int(np.prod(shape)) for shape in wanted)
    assert model.count_params() == sum(int(np.prod(shape)) for shape in [*wanted, *dense])
    counts = {name: formula.subs(sizes(D=3, H1=5, H2=2)) for name, formula in model.parameter_formula().items()}
    dense_count = model.layers[1].count_params()
    assert counts == {layer.name: layer.count_params(), "dense": dense_count, "total": model.count_params()}
    assert layer.parameter_formula().subs(sizes(D=3, H=5)) == layer.count_params()


def sizes(**values):
    """Return values for the symbols of a formula."""
    return {sympy.Symbol(name, positive=True, integer=True): value for name, value in values.items()}


def test_known_counts():
    def count(kind, **options):
        options["recurrent_initializer"] = "zeros"  # drawn in no time
        layers = [kind(300, return_sequences=True, **options), kind(300, **options), rs.Dense(1)]
        return rs.Sequential([rs.Input((4, 1)), *layers]).count_params()

    assert count(rs.SimpleRNN) == 271_201
    assert count(rs.LSTM) == 1_083_901
    assert count(rs.GRU) == 814_801
    assert count(rs.GRU, reset_after=False) == 814_801 - 2 * 900
    assert rs.Sequential([rs.Dense(3, input_shape=(2,))]).count_params() == 9


def test_get_weights_gives_copies():
    model = rs.Sequential([rs.LSTM(3, input_shape=(4, 1)), rs.Dense(1)])
    before = model.predict(np.ones((2, 4, 1)))
    for array in (*model.get_weights(), *model.layers[0].get_weights()):
        array[...] = 99
    np.testing.assert_array_equal(model.predict(np.ones((2, 4, 1))), before)


def test_set_weights_round_trip():
    first, second = (rs.Sequential([rs.GRU(3, input_shape=(4, 1)), rs.Dense(1)], seed=seed) for seed in (1, 2))
    x = np.random.default_rng(0).normal(size=(5, 4, 1))
    assert not np.array_equal(first.predict(x), second.predict(x))
    given_weights = first.get_weights()
    second.set_weights(given_weights)
    np.testing.assert_array_equal(first.predict(x), second.predict(x))
    given_weights[0][...] = 99
    np.testing.assert_array_equal(first.predict(x), second.predict(x))


def test_input_may_stand_first_or_the_first_layer_may_say_it():
    first = rs.Sequential([rs.Input(shape=(4, 1)), rs.LSTM(3), rs.Dense(1)])
    second = rs.Sequential([rs.LSTM(3, input_shape=[4, 1]), rs.Dense(1)])
    for mine, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    assert first.layers[0].input_shape == (4, 1)
    assert first.layers[1].input_shape == (3,)


def test_the_number_of_time_steps_may_be_open():
    open_model = rs.Sequential([rs.LSTM(3, return_sequences=True, input_shape=(None, 2)), rs.Dense(1)])
    for steps in (1, 7):
        x = np.random.default_rng(steps).normal(size=(5, steps, 2))
        fixed = rs.Sequential([rs.LSTM(3, return_sequences=True, input_shape=(steps, 2)), rs.Dense(1)])
        assert open_model.predict(x).shape == (5, steps, 1)
        np.testing.assert_array_equal(open_model.predict(x), fixed.predict(x))
    open_model.compile("adam", "mse")
    trace = open_model.fit(x, x[..., :1], epochs=2, verbose=0)
    assert trace["lstm"]["f"].shape == (2, 5, 7, 3)
    assert [layer.output_shape() for layer in open_model.layers] == [(None, 3), (None, 1)]


def test_layers_may_be_added_and_got_by_name():
    model = rs.Sequential(seed=1)
    model.add(rs.Input((4, 1)))
    model.add(rs.LSTM(3))
    assert model.predict(np.ones((2, 4, 1))).shape == (2, 3)
    model.add(rs.Dense(1))
    assert model.predict(np.ones((2, 4, 1))).shape == (2, 1)
    assert model.get_layer("dense") is model.layers[1]
    assert model.get_layer("lstm").kind == "LSTM"
    assert repr(model) == "<rnnscope.Sequential 'sequential': LSTM(3), Dense(1)>"


def test_predictions_do_not_depend_on_the_batch():
    model = rs.Sequential([rs.LSTM(3, return_sequences=True, input_shape=(4, 2)), rs.Dense(2)], dtype="float64")
    x = np.random.default_rng(0).normal(size=(11, 4, 2))
    whole = model.predict(x, batch_size=100)
    for size in (1, 4, 11):
        np.testing.assert_allclose(model.predict(x, batch_size=size), whole, rtol=1e-13)
    assert whole.flags.owndata
    kept = whole.copy()
    model.predict(-x, batch_size=100)
    np.testing.assert_array_equal(whole, kept)


def test_summary_prints_keras_table_with_the_formula_behind_each_count(capsys):
    first = rs.LSTM(300, return_sequences=True, recurrent_initializer="zeros", input_shape=(4, 1))
    layers = [first, rs.GRU(20, use_bias=False), rs.Dense(1)]
    rs.Sequential(layers, name="tour").summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'Model: "tour"'
    assert lines[2].split() == ["Layer", "(type)", "Output", "Shape", "Param", "#", "Formula"]
    rows = [line.split("  ") for line in lines if "(None, " in line]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells == [
        ["lstm (LSTM)", "(None, 4, 300)", "362,400", "4·H·(D + H + 1)", "with D=1, H=300"],
        ["gru (GRU)", "(None, 20)", "19,200", "3·H·(D + H)", "with D=300, H=20"],
        ["dense (Dense)", "(None, 1)", "21", "H·(D + 1)", "with D=20, H=1"],
    ]
    totals = ["Total params: 381,621", "Trainable params: 381,621", "Non-trainable params: 0"]
    assert lines[-4:-1] == totals
    assert lines[-1].endswith("lstm 363,600, total 382,821")  # what PyTorch's second bias of each gate adds
    assert 363_600 - 362_400 == 382_821 - 381_621 == 4 * 300
    assert 362_400 == 4 * 300 * (1 + 300 + 1) and 19_200 == 3 * 20 * (300 + 20)


def test_summary_says_nothing_of_pytorch_where_it_has_no_such_layer(capsys):
    rs.Sequential([rs.PeepholeLSTM(3, input_shape=(4, 1)), rs.Dense(1)]).summary()
    assert "PyTorch" not in capsys.readouterr().out
    rs.Sequential([rs.SimpleRNN(3, return_sequences=True, input_shape=(4, 1)), rs.PeepholeLSTM(3)]).summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4:] == [
        "Total params: 108",
        "Trainable params: 108",
        "Non-trainable params: 0",
        "PyTorch keeps two biases for each gate: simple_rnn 18, total 111",
    ]


class Table(HTMLParser):
    """Reads the cells of a table and refuses tags that are not closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.cells = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.cells.append((self.open[-1], data))


def test_a_model_shows_its_summary_in_a_notebook():
    model = rs.Sequential([rs.LSTM(3, input_shape=(4, 1), name="<b>&"), rs.Dense(1)], name="<script>")
    table = Table()
    table.feed(model._repr_html_())
    assert table.open == []
    assert ("caption", "Model: <script>") in table.cells
    assert ("td", "<b>& (LSTM)") in table.cells
    assert ("td", "(None, 3)") in table.cells and ("td", "60") in table.cells
    assert ("p", "Total params: 64") in table.cells
    assert rs.Sequential([rs.LSTM(3)])._repr_html_().startswith("<pre>")


def test_a_model_without_input_shape_in_a_notebook_is_escaped():
    html = rs.Sequential([rs.LSTM(3)], name="<script>")._repr_html_()
    assert "<script>" not in html and "<rnnscope" not in html


@given(
    cell=st.sampled_from(rs.cells.names()),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4)),
    units=st.integers(1, 5),
    return_sequences=st.booleans(),
    go_backwards=st.booleans(),
    use_bias=st.booleans(),
    dense=st.booleans(),
    dtype=st.sampled_from(["float32", "float64"]),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_shapes_of_any_layer(cell, shape, units, return_sequences, go_backwards, use_bias, dense, dtype):
    samples, steps, features = shape
    options = {"return_sequences": return_sequences, "go_backwards": go_backwards, "use_bias": use_bias}
    layers = [getattr(rs, cell)(units, input_shape=(steps, features), **options), *([rs.Dense(2)] if dense else [])]
    model = rs.Sequential(layers, dtype=dtype, seed=1)
    x = np.random.default_rng(0).normal(size=shape)
    lead = (samples, steps) if return_sequences else (samples,)
    output = (*lead, 2 if dense else units)
    predicted = model.predict(x)
    assert predicted.shape == output and predicted.dtype == dtype
    assert model.layers[-1].output_shape() == output[1:]
    model.compile("adam", "mse")
    trace = model.trace(x, np.zeros(output))
    np.testing.assert_array_equal(trace.predictions, predicted[None])
    assert trace.loss[0] == pytest.approx(np.mean(np.square(predicted, dtype=float)), rel=1e-5)
    layer = trace[trace.layers[0]]
    assert layer.quantities == model.layers[0].cell.names
    for name in layer.quantities:
        assert layer[name].shape == layer.grad[name].shape == (1, samples, steps, units)
    assert layer.x.shape == layer.grad["x"].shape == (1, samples, steps, features)
    np.testing.assert_array_equal(layer.x[0], x.astype(dtype)[:, ::-1] if go_backwards else x.astype(dtype))
    if not dense:
        hidden = layer[model.layers[0].cell.output][0]
        np.testing.assert_array_equal(hidden if return_sequences else hidden[:, -1], predicted)


def test_what_keras_notebooks_write_is_there():
    from rnnscope.models import Sequential

    assert rs.models.Sequential is Sequential is rs.Sequential
    task, made = rs.tasks.counting(), []
    for how in ({"batch_size": 3, "epochs": 2, "verbose": 0}, None):
        model = rs.models.Sequential([rs.layers.GRU(2, input_shape=(4, 1)), rs.layers.Dense(1)])
        model.compile("adam", "mse")
        made.append(model.fit(task.x, task.y, **how) if how else model.fit(task.x, task.y, 3, 2, 0))
        assert np.array_equal(model(task.x), model.predict(task.x))
    assert made[0].history == made[1].history and len(made[0].history["loss"]) == 2


def test_a_layer_says_what_it_is():
    assert repr(rs.layers.Dense(2)) == "Dense(2)" and repr(rs.LSTM(3, name="first")) == "LSTM(3, name='first')"
