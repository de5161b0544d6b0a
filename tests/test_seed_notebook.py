"""A Keras notebook on counting runs here with its imports changed and nothing else: the calls below are its calls."""

import numpy as np
import pytest

import rnnscope as rs


@pytest.fixture
def data():
    """Six windows of four consecutive numbers, and the number after each: targets without a feature axis."""
    windows = np.array([[start, start + 1, start + 2, start + 3] for start in range(6)], dtype=np.float32)
    return np.reshape(windows, (-1, 4, 1)), np.array([4, 5, 6, 7, 8, 9], dtype=np.float32)


def printed_counts(text):
    """Return the names, output shapes and numbers of parameters in a printed summary, and its total."""
    rows = [line for line in text.splitlines() if "(None" in line]
    found = []
    for row in rows:
        name, kind, rest = row.split(maxsplit=2)
        shape, _, numbers = rest.partition(")")
        found.append((name, kind.strip("()"), f"{shape})", int(numbers.split()[0].replace(",", ""))))
    (total,) = [line for line in text.splitlines() if line.startswith("Total params")]
    return found, int(total.partition(":")[2].replace(",", ""))


def test_simple_rnn(data, capsys):
    x_data, y_data = data
    assert (x_data.shape, y_data.shape) == ((6, 4, 1), (6,))
    model = rs.Sequential(
        [
            rs.layers.SimpleRNN(units=300, return_sequences=True, input_shape=(4, 1)),
            rs.layers.SimpleRNN(units=300),
            rs.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    model.summary()
    rows, total = printed_counts(capsys.readouterr().out)
    assert rows == [
        ("simple_rnn", "SimpleRNN", "(None, 4, 300)", 90600),
        ("simple_rnn_1", "SimpleRNN", "(None, 300)", 180300),
        ("dense", "Dense", "(None, 1)", 301),
    ]
    assert total == 271201
    before = model.evaluate(x_data, y_data)
    history = model.fit(x_data, y_data, epochs=100)
    assert "100/100" in capsys.readouterr().err
    assert len(history.history["loss"]) == 100
    assert history.history["loss"][0] == pytest.approx(before, rel=1e-5)
    assert model.predict(x_data).shape == (6, 1)
    assert np.abs(model.predict(x_data)[:, 0] - y_data).max() < 1
    after, before_it = np.array([[[6.0], [7.0], [8.0], [9.0]]]), np.array([[[-1.0], [0.0], [1.0], [2.0]]])
    assert model.predict(after).shape == model.predict(before_it).shape == (1, 1)
    assert model.predict(after)[0, 0] > 8
    assert model.predict(before_it)[0, 0] < 4
    loss = model.evaluate(x_data, y_data)
    assert isinstance(loss, float)
    assert loss < 0.5 < before
    assert loss == pytest.approx(np.mean((model.predict(x_data)[:, 0] - y_data) ** 2), rel=1e-5)


def test_lstm(data, capsys):
    x_data, y_data = data
    model = rs.Sequential(
        [
            rs.layers.LSTM(units=300, return_sequences=True, input_shape=[4, 1]),
            rs.layers.LSTM(units=300),
            rs.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    model.summary()
    rows, total = printed_counts(capsys.readouterr().out)
    assert rows == [
        ("lstm", "LSTM", "(None, 4, 300)", 362400),
        ("lstm_1", "LSTM", "(None, 300)", 721200),
        ("dense", "Dense", "(None, 1)", 301),
    ]
    assert total == 1083901
    history = model.fit(x_data, y_data, epochs=100, verbose=0)
    written = capsys.readouterr()
    assert written.out == written.err == ""
    losses = history.history["loss"]
    assert len(losses) == 100
    assert losses[-1] < 1.5 < 30 < losses[0]
    prediction = model.predict(x_data)
    assert prediction.shape == (6, 1)
    assert (np.diff(prediction[:, 0]) > 0).all()
    assert np.mean((prediction[:, 0] - y_data) ** 2) == pytest.approx(model.evaluate(x_data, y_data), rel=1e-5)


def test_gru(data, capsys):
    x_data, y_data = data
    model = rs.Sequential(
        [
            rs.layers.GRU(units=300, return_sequences=True, input_shape=[4, 1]),
            rs.layers.GRU(units=300),
            rs.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    model.summary()
    rows, total = printed_counts(capsys.readouterr().out)
    assert rows == [
        ("gru", "GRU", "(None, 4, 300)", 272700),
        ("gru_1", "GRU", "(None, 300)", 541800),
        ("dense", "Dense", "(None, 1)", 301),
    ]
    assert total == 814801
    losses = model.fit(x_data, y_data, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2


def test_targets_without_a_feature_axis_are_the_same_targets(data):
    x_data, y_data = data
    losses = []
    for targets in (y_data, y_data[:, None], y_data.tolist()):
        model = rs.Sequential([rs.layers.LSTM(units=4, input_shape=(4, 1)), rs.layers.Dense(1)])
        model.compile(optimizer="adam", loss="mse")
        losses.append(model.fit(x_data, targets, epochs=3, verbose=0).history["loss"])
    assert losses[0] == losses[1] == losses[2]
    assert losses[0][2] < losses[0][0]
