"""What a user may get wrong is refused with a message that names the argument, what was expected and what came."""

from __future__ import annotations

import inspect
import pickle
from functools import partial

import numpy as np
import pytest

import rnnscope as rs

METHODS = ("fit", "predict", "evaluate", "trace", "gradients")


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


X, Y = numbers(6, 4, 1), numbers(6, 1, seed=1)


def new_model(dtype="float32"):
    layers = [rs.LSTM(3, return_sequences=True, input_shape=(4, 1)), rs.GRU(2), rs.Dense(1)]
    model = rs.Sequential(layers, seed=0, dtype=dtype)
    model.compile("adam", "mse")
    return model


def call(model, method, x, y, **options):
    if method == "predict":
        return model.predict(x, **options)
    if method == "fit":
        return model.fit(x, y, **{"verbose": 0, "epochs": 2, **options})
    return getattr(model, method)(x, y, **options)


def refused(function, *words, kind=(TypeError, ValueError)):
    """Run what must be refused; `words` must stand in the message, which must say what was expected and what came."""
    with pytest.raises(kind) as caught:
        function()
    message = str(caught.value)
    for word in ("expected", *words):
        assert word in message
    return message


def assert_same_weights(model, before):
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.fixture(scope="module")
def shared():
    model = new_model()
    model.fit(X, Y, epochs=2, verbose=0)
    return model


@pytest.fixture
def model(shared):
    """A trained model, whose weights and optimizer must be the same after the test as before."""
    weights, steps = shared.get_weights(), shared._optimizer.iterations
    yield shared
    assert_same_weights(shared, weights)
    assert shared._optimizer.iterations == steps


def with_value(array, value):
    changed = array.copy()
    changed[2, -1] = value
    return changed


BAD_NUMBERS = {
    "empty": (lambda a: a[:0], "empty array"),
    "ragged": (lambda a: [[[1.0], [2.0]], [[3.0]]], "ragged"),
    "strings": (lambda a: a.astype(str), "real numbers"),
    "bytes": (lambda a: b"abc", "real numbers"),
    "objects": (lambda a: a.astype(object), "objects"),
    "None": (lambda a: None, "None"),
    "None among numbers": (lambda a: [[[None]] * 4] * 6, "None"),
    "dict": (lambda a: {"a": 1}, "dict"),
    "generator": (lambda a: (v for v in a), "generator"),
    "NaN": (lambda a: with_value(a, np.nan), "nan at (2, "),
    "infinity": (lambda a: with_value(a, np.inf), "inf at (2, "),
    "minus infinity": (lambda a: with_value(a, -np.inf), "-inf at (2, "),
    "beyond float32": (lambda a: with_value(a, 1e39), "1e+39 at (2, "),
    "masked": (lambda a: np.ma.masked_greater(a, 0), "masked"),
    "complex": (lambda a: a + 1j, "complex128"),
    "dates": (lambda a: a.astype("datetime64[s]"), "datetime64"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_x_that_is_no_array_of_finite_numbers(model, bad, method):
    make, came = BAD_NUMBERS[bad]
    assert refused(lambda: call(model, method, make(X), Y), came).startswith("x: ")


@pytest.mark.parametrize("method", [m for m in METHODS if m != "predict"])
@pytest.mark.parametrize("bad", [bad for bad in BAD_NUMBERS if bad != "None"])
def test_y_that_is_no_array_of_finite_numbers(model, bad, method):
    make, came = BAD_NUMBERS[bad]
    assert refused(lambda: call(model, method, X, make(Y)), came).startswith("y: ")


@pytest.mark.parametrize("method", ["fit", "evaluate", "gradients"])
def test_no_targets(model, method):
    assert refused(lambda: call(model, method, X, None), "None").startswith("y: ")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((), ["0 axes", "(sample, 4, 1)"]),
        ((6,), ["1 axes", "(6,)"]),
        ((6, 4), ["2 axes", "(6, 4)", "x[..., None]"]),
        ((6, 4, 1, 1), ["4 axes", "(6, 4, 1, 1)"]),
        ((6, 4, 2), ["(sample, 4, 1)", "(6, 4, 2)", "'feature'"]),
        ((6, 5, 1), ["(sample, 4, 1)", "(6, 5, 1)", "'time'"]),
        ((6, 1, 4), ["(sample, 4, 1)", "(6, 1, 4)"]),
    ],
    ids=str,
)
def test_x_of_wrong_shape(model, shape, words, method):
    assert refused(lambda: call(model, method, np.ones(shape), Y), *words, kind=ValueError).startswith("x: ")


@pytest.mark.parametrize("method", [m for m in METHODS if m != "predict"])
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((), ["6 targets", "a single number"]),
        ((5, 1), ["6 targets", "got 5"]),
        ((7, 1), ["6 targets", "got 7"]),
        ((6, 2), ["(6, 1)", "(6, 2)"]),
        ((6, 4, 1), ["(6, 1)", "(6, 4, 1)"]),
        ((6, 1, 1), ["(6, 1)", "(6, 1, 1)"]),
    ],
    ids=str,
)
def test_y_of_wrong_shape(model, shape, words, method):
    assert refused(lambda: call(model, method, X, np.ones(shape)), *words, kind=ValueError).startswith("y: ")


KINDS = [np.int64, np.int8, np.uint8, bool, np.float64, np.longdouble, ">f4", ">i4"]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_integers_and_bools_and_other_floats_are_converted(kind):
    x = (np.random.default_rng(2).integers(0, 2, (6, 4, 1))).astype(kind)
    y = x[:, -1]
    first, second = new_model(), new_model()
    first.fit(x, y, epochs=2, verbose=0)
    second.fit(x.astype(np.float32), y.astype(np.float32), epochs=2, verbose=0)
    assert_same_weights(first, second.get_weights())


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x.tolist(),
        lambda x: tuple(map(tuple, x)),
        np.asfortranarray,
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: np.ma.masked_array(x),
    ],
    ids=["list", "tuples", "columns first", "every second", "masked array without a mask"],
)
def test_any_array_like_gives_the_same_numbers(model, form):
    np.testing.assert_array_equal(model.predict(form(X)), model.predict(X))


def test_input_is_neither_changed_nor_needs_to_be_writable(shared):
    x, y = X.astype(np.float32), Y.astype(np.float32)
    kept = x.copy(), y.copy()
    x.flags.writeable = y.flags.writeable = False
    new_model().fit(x, y, epochs=2, batch_size=4, verbose=0)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])


@pytest.mark.parametrize("method", METHODS)
def test_float16_is_converted_with_a_warning(method):
    half = X.astype(np.float16)
    with pytest.warns(UserWarning, match=r"^x: float16 is converted to float32"):
        got = call(new_model(), method, half, Y)
    wanted = call(new_model(), method, half.astype(np.float32), Y)
    if method == "predict":
        np.testing.assert_array_equal(got, wanted)
    with pytest.warns(UserWarning, match=r"^y: float16"):
        new_model().evaluate(X, Y.astype(np.float16))


def test_float64_into_a_float32_model_and_large_numbers_into_a_float64_model(model):
    assert model.predict(X).dtype == np.float32
    assert np.isfinite(new_model("float64").predict(X * 1e300)).all()
    refused(lambda: model.predict(X * 1e300), "x: ", "finite float32")


@pytest.mark.parametrize("layer", [*rs.cells.names(), "Dense"])
@pytest.mark.parametrize(
    ("units", "kind"),
    [(0, ValueError), (-3, ValueError), *((bad, TypeError) for bad in (2.5, True, "3", None, [3], float("nan")))],
)
def test_units(layer, units, kind):
    refused(lambda: getattr(rs, layer)(units), f"{layer}: units", repr(units), kind=kind)


@pytest.mark.parametrize(
    ("make", "nearest"),
    [
        (lambda: rs.LSTM(3, activation="rleu"), "relu"),
        (lambda: rs.LSTM(3, recurrent_activation="sigmiod"), "sigmoid"),
        (lambda: rs.Dense(3, activation="sofmax"), "softmax"),
        (lambda: rs.Dense(3, "TANH"), "tanh"),
        (lambda: rs.GRU(3, kernel_initializer="glorot_unifrom"), "glorot_uniform"),
        (lambda: rs.GRU(3, recurrent_initializer="ortogonal"), "orthogonal"),
        (lambda: rs.Dense(3, bias_initializer="zerros"), "zeros"),
        (lambda: new_model().compile("adm"), "adam"),
        (lambda: new_model().compile("RMSprob"), "rmsprop"),
        (lambda: new_model().compile("adam", "mes"), "mse"),
        (lambda: new_model().compile(loss="binary_crosentropy"), "binary_crossentropy"),
        (lambda: rs.Sequential(dtype="float23"), "float32"),
        (lambda: rs.cells.build("LSMT"), "LSTM"),
        (lambda: new_model().get_layer("ltsm"), "lstm"),
        (lambda: new_model().fit(X, Y, verbose=0, record=rs.Record(quantities=["hh"])), "h"),
    ],
)
def test_the_nearest_valid_name_is_said(make, nearest):
    refused(make, f"did you mean {nearest!r}?", "got ", kind=ValueError)


def test_an_unknown_layer_is_an_attribute_error_that_lists_the_layers():
    with pytest.raises(AttributeError, match=r"no layer 'LSMT': did you mean LSTM"):
        _ = rs.layers.LSMT
    with pytest.raises(AttributeError, match=r"no layer 'Qqqq': it has .*Dense.*Input.*LSTM"):
        _ = rs.layers.Qqqq


@pytest.mark.parametrize(
    ("make", "option"),
    [
        *((lambda cell=cell: getattr(rs, cell)(3, unitz=1), "unitz") for cell in rs.cells.names()),
        (lambda: rs.LSTM(3, reset_after=True), "reset_after"),
        (lambda: rs.SimpleRNN(3, recurrent_activation="tanh"), "recurrent_activation"),
        (lambda: rs.Dense(3, return_sequences=True), "return_sequences"),
        (lambda: rs.optimizers.Adam(lr=1), "lr"),
        (lambda: rs.losses.MeanSquaredError(from_logits=True), "MeanSquaredError"),
        (lambda: rs.Record(epochs=1), "epochs"),
    ],
)
def test_unknown_options(make, option):
    with pytest.raises(TypeError, match=option):
        make()


def owners_and_options():
    """Every option of everything that takes options, as (name, callable, option)."""
    model = new_model()
    owners = {cell: lambda cell=cell, **o: getattr(rs, cell)(**{"units": 3, **o}) for cell in rs.cells.names()}
    signatures = {cell: inspect.signature(getattr(rs, cell)) for cell in owners}
    for owner in (
        rs.optimizers.SGD,
        rs.optimizers.RMSprop,
        rs.optimizers.Adam,
        rs.losses.BinaryCrossentropy,
        rs.Record,
    ):
        owners[owner.__name__], signatures[owner.__name__] = owner, inspect.signature(owner)
    owners["Dense"], signatures["Dense"] = lambda **o: rs.Dense(**{"units": 3, **o}), inspect.signature(rs.Dense)
    owners["Sequential"], signatures["Sequential"] = rs.Sequential, inspect.signature(rs.Sequential)
    owners["Input"] = lambda **o: rs.Input(**({} if "batch_shape" in o else {"shape": (4, 1)}) | o)
    signatures["Input"] = inspect.signature(rs.Input)
    layers = {
        "Bidirectional": {"layer": rs.LSTM(2)},
        "Embedding": {"input_dim": 5, "output_dim": 2},
        "Masking": {},
        "Dropout": {"rate": 0.5},
        "Activation": {"activation": "tanh"},
        "RepeatVector": {"n": 2},
        "Flatten": {},
        "GlobalAveragePooling1D": {},
        "GlobalMaxPooling1D": {},
        "SpatialDropout1D": {"rate": 0.5},
        "TimeDistributed": {"layer": rs.Dense(2)},
        "RNN": {"cell": rs.layers.LSTMCell(2)},
    }
    for name, needed in layers.items():
        owners[name] = partial(getattr(rs.layers, name), **needed)
        signatures[name] = inspect.signature(getattr(rs.layers, name))
    for name in ("fit", "compile"):
        signatures[name] = inspect.signature(getattr(model, name))
    owners["fit"] = lambda **o: model.fit(**{"x": X, "y": Y, "verbose": 0, **o})
    owners["compile"] = model.compile
    for owner, signature in signatures.items():
        named = [p.name for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        clipping = ["clipnorm", "clipvalue", "global_clipnorm"] if "learning_rate" in named else []
        for option in (*named, *clipping):
            yield pytest.param(owners[owner], option, id=f"{owner}-{option}")


@pytest.mark.parametrize(("owner", "option"), list(owners_and_options()))
def test_every_option_refuses_what_it_cannot_be(owner, option):
    class Odd:
        def __repr__(self):
            return "<odd>"

    refused(lambda: owner(**{option: Odd()}), option, "<odd>")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        *(({"epochs": bad}, ["epochs"]) for bad in (0, -1, 2.5, True, "3", None)),
        *(({"batch_size": bad}, ["batch_size"]) for bad in (0, -1, 2.5, True, "3")),
        *(({"verbose": bad}, ["verbose"]) for bad in (-1, 3, "loud", None, [1], 1.5)),
        *(({"shuffle": bad}, ["shuffle"]) for bad in (1, None, "yes")),
        *(({"validation_split": bad}, ["validation_split"]) for bad in (-0.1, 1, 1.5, True, "a", np.nan, [0.1])),
        *(({"validation_split": bad}, ["validation_split"]) for bad in ("", {})),
        ({"validation_split": 0.01, "x": X[:1], "y": Y[:1]}, ["validation_split", "0.01 of 1"]),
        ({"validation_split": 0.5, "validation_data": (X, Y)}, ["validation_split", "validation_data", "both"]),
        *(
            ({"validation_data": bad}, ["validation_data"])
            for bad in (X[0, 0, 0], (X,), (X, Y, Y, Y), "ab", {"x": X}, 3)
        ),
        ({"validation_data": (X[:, :2], Y)}, ["validation_data x", "'time'"]),
        ({"validation_data": (X, Y[:2])}, ["validation_data y", "6 targets"]),
        ({"validation_data": (X, Y * np.nan)}, ["validation_data y", "finite"]),
        ({"validation_data": (X, np.ones((6, 2)))}, ["validation_data y", "(6, 2)"]),
        *(({"record": bad}, ["record"]) for bad in (1, None, "all", ["h"], rs.Record)),
        ({"record": rs.Record(samples=[6])}, ["samples", "0 to 5", "got 6"]),
        ({"record": rs.Record(samples=[-1])}, ["samples", "0 to 5", "got -1"]),
        ({"record": rs.Record(quantities=["h", "zz"])}, ["quantities", "'zz'"]),
        ({"record": rs.Record(budget=1000)}, ["budget", "1000 bytes"]),
    ],
)
def test_arguments_of_fit(model, options, words):
    refused(lambda: model.fit(**{"x": X, "y": Y, "verbose": 0, **options}), *words)


@pytest.mark.parametrize("method", ["predict", "evaluate"])
@pytest.mark.parametrize("size", [0, -1, 2.5, True, "3"])
def test_batch_size_elsewhere(model, method, size):
    refused(lambda: call(model, method, X, Y, batch_size=size), "batch_size")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        *(({"every": bad}, ValueError) for bad in (0, -1)),
        *(({"every": bad}, TypeError) for bad in (1.5, True, "2", None)),
        *(({"quantities": bad}, TypeError) for bad in ([], [1], 3, [None], [b"h"])),
        *(({"gradients": bad}, TypeError) for bad in (1, None, "yes")),
        *(({"weights": bad}, ValueError) for bad in ("all", 0, -2)),
        *(({"weights": bad}, TypeError) for bad in (1.5, None, [1])),
        *(({"samples": bad}, TypeError) for bad in ([], ["a"], 3, [True], [0.5], "01")),
        *(({"budget": bad}, ValueError) for bad in (0, -1)),
        *(({"budget": bad}, TypeError) for bad in (1.5, "1 GiB", None)),
    ],
)
def test_arguments_of_record(options, kind):
    ((name, value),) = options.items()
    refused(lambda: rs.Record(**options), f"Record: {name}", repr(value), kind=kind)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        *(({"seed": bad}, ["seed", repr(bad)]) for bad in (-1, 1.5, True, "0", [0])),
        *(({"dtype": bad}, ["dtype", "float32, float64"]) for bad in ("float16", int, None, 32, np.float16, "<f4")),
        *(({"layers": bad}, ["layers"]) for bad in (None, 3, [3], ["LSTM"], [rs.LSTM], {"a": 1}, rs.Dense(1))),
        *(({"name": bad}, ["name"]) for bad in (3, None, "")),
    ],
)
def test_arguments_of_sequential(options, words):
    refused(lambda: rs.Sequential(**options), *words)


@pytest.mark.parametrize(
    "shape", [(), (0, 1), (4, 0), (4, 1, 1), "41", 4, (4.5, 1), (4, None), (True, 1), None, {4, 1}]
)
def test_input_shapes(shape):
    refused(lambda: rs.Input(shape=shape), "Input: ", "shape")
    if shape is not None:
        refused(lambda: rs.LSTM(3, input_shape=shape), "LSTM: input_shape")


@pytest.mark.parametrize("name", ["", "a/b", 3, b"a"])
def test_layer_names(name):
    refused(lambda: rs.LSTM(3, name=name), "LSTM: name", repr(name))


@pytest.mark.parametrize("method", METHODS)
def test_the_shape_of_the_input_may_come_from_the_data(method):
    told = rs.Sequential([rs.LSTM(3, input_shape=(4, 1)), rs.Dense(1)])
    seeing = rs.Sequential([rs.LSTM(3), rs.Dense(1)])
    for model in (told, seeing):
        model.compile("adam", "mse")
        call(model, method, X, Y)
    for own, other in zip(told.get_weights(), seeing.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("method", ["get_weights", "count_params", "summary", "set_weights"])
def test_nothing_runs_before_the_input_shape_is_known(method):
    def run(model):
        if method == "set_weights":
            model.set_weights([])
        else:
            getattr(model, method)()

    unknown, empty = rs.Sequential([rs.LSTM(3), rs.Dense(1)]), rs.Sequential([])
    for model in (unknown, empty):
        model.compile("adam", "mse")
    refused(lambda: run(unknown), "input_shape", kind=ValueError)
    refused(lambda: run(empty), "at least one layer", kind=ValueError)


@pytest.mark.parametrize("method", [m for m in METHODS if m != "predict"])
def test_nothing_needs_a_loss_before_compile(method):
    model = rs.Sequential([rs.LSTM(3, input_shape=(4, 1)), rs.Dense(1)])
    refused(lambda: call(model, method, X, Y), "model.compile(", kind=ValueError)


def test_layers_that_do_not_fit_together():
    first = rs.LSTM(3, input_shape=(4, 1))
    refused(lambda: rs.Sequential([first, rs.LSTM(2)]), "'lstm_1'", "(3,)", "return_sequences=True in layer 'lstm'")
    wide = [rs.LSTM(3, return_sequences=True, input_shape=(4, 1)), rs.LSTM(2, input_shape=(4, 2))]
    refused(lambda: rs.Sequential(wide), "'lstm_1'", "(4, 3)", "(4, 2)")
    vectors = [rs.LSTM(3, input_shape=(4,), name="first")]
    refused(
        lambda: rs.Sequential(vectors),
        "layer 'first'",
        "sequences (time, feature)",
        "(4,). Give it both, such as input_shape=(4, 1)",
    )
    mixed = [rs.Input((4, 1)), rs.LSTM(3, input_shape=(4, 2))]
    refused(lambda: rs.Sequential(mixed), "input_shape (4, 1), as Input says", "(4, 2)")
    refused(lambda: rs.Sequential([rs.LSTM(3), rs.Input((4, 1))]), "Input", "first")
    refused(lambda: rs.Sequential([rs.Input((4, 1)), rs.Input((4, 1))]), "Input", "first")


def test_a_layer_is_used_once_and_names_are_its_own():
    layer = rs.LSTM(3, return_sequences=True, input_shape=(4, 1))
    refused(lambda: rs.Sequential([layer, layer]), "every layer once", "'lstm'", kind=ValueError)
    twins = [rs.LSTM(3, return_sequences=True, input_shape=(4, 1), name="a"), rs.LSTM(3, name="a")]
    refused(lambda: rs.Sequential(twins), "names of their own", "'a'", kind=ValueError)


def test_a_refused_layer_leaves_the_model_as_it_was():
    model = rs.Sequential([rs.LSTM(3, input_shape=(4, 1))])
    predicted, weights = model.predict(X), model.get_weights()
    refused(lambda: model.add(rs.LSTM(2)), "'lstm_1'")
    assert [layer.name for layer in model.layers] == ["lstm"]
    assert_same_weights(model, weights)
    np.testing.assert_array_equal(model.predict(X), predicted)
    model.add(rs.Dense(1))
    assert model.predict(X).shape == (6, 1)


def test_layers_of_a_refused_model_may_be_used_again():
    first = rs.LSTM(3, input_shape=(4, 1))
    refused(lambda: rs.Sequential([first, rs.LSTM(2)]), "return_sequences=True")
    assert rs.Sequential([first, rs.Dense(2)]).predict(X).shape == (6, 2)


def replaced(k, change):
    return lambda weights: [change(w) if n == k else w for n, w in enumerate(weights)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w[:-1], ["weights", "8 arrays", "got 7"]),
        (lambda w: [*w, w[0]], ["weights", "8 arrays", "got 9"]),
        (lambda w: [], ["weights", "8 arrays", "got 0"]),
        (lambda w: None, ["weights", "a list", "None"]),
        (lambda w: dict(enumerate(w)), ["weights", "a list"]),
        (lambda w: "weights", ["weights", "a list"]),
        (replaced(1, lambda w: w.T), ["weights[1]", "(3, 12)", "lstm/recurrent_kernel", "(12, 3)"]),
        (replaced(7, lambda w: w[None]), ["weights[7]", "(1,)", "dense/bias", "(1, 1)"]),
        (replaced(7, lambda w: w[0]), ["weights[7]", "(1,)", "got ()"]),
        (replaced(7, lambda w: w * np.nan), ["weights[7]", "finite"]),
        (replaced(7, lambda w: [np.inf]), ["weights[7]", "finite"]),
        (replaced(7, lambda w: [1e39]), ["weights[7]", "finite float32"]),
        (replaced(7, lambda w: ["a"]), ["weights[7]", "real numbers"]),
        (replaced(7, lambda w: None), ["weights[7]", "numbers", "None"]),
        (replaced(7, lambda w: []), ["weights[7]", "empty"]),
    ],
)
def test_weights_that_do_not_fit_change_nothing(model, change, words):
    other = [w + 1 for w in model.get_weights()]
    refused(lambda: model.set_weights(change(other)), *words)


@pytest.fixture(scope="module")
def trace(shared):
    return new_model().fit(X, Y, epochs=5, verbose=0, record=rs.Record(weights=2))


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (lambda t: t["ltsm"], ["layer", "'ltsm'", "did you mean 'lstm'?"]),
        (lambda t: t["lstm_1"], ["layer", "dense, gru, lstm"]),
        (lambda t: t[0], ["layer", "0 (int)"]),
        (lambda t: t["lstm"]["hh"], ["quantity of layer 'lstm'", "c, f, g, h, i, o", "did you mean 'h'?"]),
        (lambda t: t["lstm"][0], ["quantity of layer 'lstm'", "0 (int)"]),
        (lambda t: t["gru"]["c"], ["quantity of layer 'gru'", "g, h, r, z"]),
        (lambda t: t["lstm"].prev["f"], ["previous state of layer 'lstm'", "c, h"]),
        (lambda t: t["lstm"].pre["c"], ["pre-activation of layer 'lstm'", "f, g, i, o"]),
        (lambda t: t["lstm"].parts["c"], ["parts of layer 'lstm'", "f, g, i, o"]),
        (lambda t: t["lstm"].grad["y"], ["gradient of layer 'lstm'", "'y'"]),
        (lambda t: t["lstm"].grad_pre["h"], ["gradient of a pre-activation of layer 'lstm'", "f, g, i, o"]),
        (lambda t: t.weights(2), ["epoch", "(0, 4)", "got 2", "Record"]),
        (lambda t: t.weights(5), ["epoch", "(0, 4)", "got 5"]),
        (lambda t: t.weights(-1), ["epoch", "(0, 4)", "got -1"]),
        (lambda t: t.weights("0"), ["epoch", "(0, 4)", "'0'"]),
        (lambda t: t.weights(None), ["epoch", "(0, 4)", "None"]),
        (lambda t: t.weights([0, 4]), ["epoch", "(0, 4)", "[0, 4]"]),
        (lambda t: t["gru"].weights(2), ["epoch", "(0, 4)", "got 2"]),
        *((lambda t, bad=bad: t.thin(bad), ["most", repr(bad)]) for bad in (0, -1, 2.5, "a", None, True)),
    ],
)
def test_lookups_in_a_trace(trace, look, words):
    refused(lambda: look(trace), *words)


def test_what_was_not_recorded_says_how_to_record_it():
    bare = new_model().fit(X, Y, epochs=2, verbose=0, record=False)
    values_only = new_model().fit(X, Y, epochs=2, verbose=0, record=rs.Record(gradients=False, weights=False))
    refused(lambda: bare["lstm"]["h"], "quantity of layer 'lstm'", "record=True", kind=ValueError)
    for trace in (bare, values_only):
        with pytest.raises(ValueError, match=r"epoch: this trace has no weights; got 0\. Record with weights=True"):
            trace.weights(0)
    refused(lambda: values_only["lstm"].grad["h"], "gradient of layer 'lstm'", "gradients=True", kind=ValueError)
    refused(lambda: new_model().trace(X)["lstm"].grad["h"], "gradient of layer 'lstm'", "targets", kind=ValueError)


class Alarm:
    """Unpickling this would call `set_off`."""

    rang = False

    def __reduce__(self):
        return set_off, ()


def set_off():
    Alarm.rang = True


def write_pickled_member(path):
    np.savez(path, header=np.array([Alarm()], object))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("no archive"),
        lambda path: path.write_bytes(pickle.dumps(Alarm())),
        lambda path: np.savez(path, a=np.arange(3)),
        lambda path: np.savez(path, header=np.frombuffer(b"{}", np.uint8)),
        lambda path: np.savez(path, header=np.frombuffer(b"[1, 2]", np.uint8)),
        lambda path: np.savez(path, header=np.frombuffer(b"3", np.uint8)),
        lambda path: np.savez(path, header=np.frombuffer(b"\xff\x00", np.uint8)),
        lambda path: np.savez(path, header=np.frombuffer(b'{"format": 99}', np.uint8)),
        write_pickled_member,
        lambda path: path.mkdir(),
    ],
    ids=["empty", "text", "pickle", "other arrays", "bare", "list", "number", "no text", "newer", "object", "folder"],
)
def test_files_that_are_no_trace(tmp_path, write):
    path = tmp_path / "run.npz"
    write(path)
    refused(lambda: rs.load_trace(path), "path: ", "run.npz", kind=ValueError)
    assert not Alarm.rang


def test_paths_of_traces(tmp_path, trace):
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        rs.load_trace(tmp_path / "missing.npz")
    with pytest.raises(FileNotFoundError, match="missing"):
        trace.save(tmp_path / "missing" / "run.npz")
    for bad, kind in (
        (3, TypeError),
        (None, TypeError),
        ("run.txt", ValueError),
        ("run", ValueError),
        ("", ValueError),
    ):
        for function in (rs.load_trace, trace.save):
            refused(lambda f=function, p=bad: f(p), "path: ", repr(bad), kind=kind)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("compile", {"sample_weight_mode": "temporal"}, ("compile", "loss, loss_weights", "leave it out")),
        ("fit", {"x": X, "y": Y, "max_queue_size": 3}, ("fit", "epochs, verbose", "'max_queue_size' as well")),
        ("fit", {"x": X, "y": Y, "epoch": 3}, ("did you mean 'epochs'",)),
        ("fit", {"x": X, "y": Y, "validation_splits": 0.1}, ("did you mean 'validation_split'",)),
        ("compile", {"optimiser": "sgd"}, ("did you mean 'optimizer'",)),
    ],
)
def test_what_is_no_argument_is_refused_with_a_sentence(method, options, words):
    model = new_model()
    before = model.get_weights()
    refused(lambda: getattr(model, method)(**options), *words, kind=TypeError)
    assert_same_weights(model, before)


def test_a_cell_that_is_not_known_says_how_it_becomes_so():
    refused(lambda: rs.formulas.equations("Ours"), "cell: expected one of", "'Ours'", "given to rs.register")


@pytest.mark.parametrize(
    ("input_shape", "make", "line"),
    [
        ((4, 1), lambda x: x.transpose(0, 2, 1), "x.transpose(0, 2, 1)"),
        ((None, 1), lambda x: x.transpose(0, 2, 1), "x.transpose(0, 2, 1)"),
        ((4, 1), lambda x: x[0], "x[None]"),
        ((None, 1), lambda x: x[0], "x[None]"),
        ((4, 1), lambda x: x[..., 0], "x[..., None]"),
        ((4, 1), lambda x: x[0, :, 0], "x[None, :, None]"),
    ],
)
def test_the_line_that_mends_a_shape_works(input_shape, make, line):
    model = rs.Sequential([rs.GRU(2, input_shape=input_shape), rs.Dense(1)], seed=0)
    right = np.arange(24.0).reshape(6, 4, 1)
    x = make(right)
    with pytest.raises(ValueError, match="x: expected shape") as caught:
        model.predict(x)
    assert line in str(caught.value)
    mended = eval(line, {"x": x})
    np.testing.assert_array_equal(model.predict(mended), model.predict(right)[: len(mended)])


def test_no_line_is_said_that_would_not_work():
    model = rs.Sequential([rs.GRU(2, input_shape=(4, 1)), rs.Dense(1)])
    for shape in ((6, 2, 3), (6, 5, 1), (6, 5), (5,), (1, 1, 4, 1), ()):
        with pytest.raises(ValueError, match="x: expected shape") as caught:
            model.predict(np.ones(shape))
        assert "None]" not in str(caught.value) and "transpose" not in str(caught.value)
