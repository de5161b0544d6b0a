"""Names that notebooks of Keras use: each works as in Keras, or says what to do instead."""

from __future__ import annotations

import copy
import json
import pickle
import re

import numpy as np
import pytest

import rnnscope as rs

L = rs.layers
TASK = rs.tasks.counting()


def net():
    layers = [L.LSTM(3, return_sequences=True, input_shape=(4, 1)), L.Bidirectional(L.GRU(2)), L.Dense(1)]
    made = rs.Sequential(layers, dtype="float64")
    made.compile("adam", "mse")
    return made


WORKS = """
rs.activations.get('swish') == 'silu'
rs.activations.relu([-1.0, 2.0]).tolist() == [0, 2]
rs.activations.linear([[1.5]]).tolist() == [[1.5]]
rs.activations.softmax([[0.0, 0.0], [1.0, 1.0]]).tolist() == [[0.5, 0.5], [0.5, 0.5]]
rs.activations.sigmoid.__name__ == 'sigmoid'
L.Dense(2, rs.activations.softmax).activation == 'softmax'
L.LSTM(2, recurrent_activation=rs.activations.hard_sigmoid).recurrent_activation == 'hard_sigmoid'
rs.backend.clear_session() is rs.utils.clear_session() is None
rs.backend.floatx() == 'float32'
rs.backend.epsilon() == 1e-7
rs.backend.get_value(model.optimizer.learning_rate) == 0.001
rs.backend.get_value(model.weights[0]).shape == (1, 12)
rs.initializers.get('he_normal') is not None
rs.regularizers.l2(0.1).l2 == rs.regularizers.L2(0.1).l2 == rs.regularizers.l1_l2(l2=0.1).l2
rs.regularizers.get('l1').l1 == 0.01
type(rs.losses.get('mae')) is rs.losses.MeanAbsoluteError
type(rs.optimizers.get('sgd')) is rs.optimizers.SGD
rs.saving.load_model is rs.models.load_model
model.built and model.layers[0].built and not L.LSTM(2).built
model.build((None, 4, 1)) is None
model.layers[0].kernel.numpy().shape == (1, 12)
(model.layers[0].use_bias, model.layers[0].activation) == (True, 'tanh')
model.layers[0].output.shape == (None, 4, 3)
model.layers[1].output.shape == model.layers[1].input.shape[:1] + (4,)
model.layers[2].output.shape == model.output_shape == (None, 1)
model.layers[0].reset_state() is None
model(TASK.x, training=False).shape == (6, 1)
model.summary(line_length=60, show_trainable=True, expand_nested=True, print_fn=len) is None
L.GlobalMaxPool1D is L.GlobalMaxPooling1D
L.CuDNNLSTM is rs.CuDNNLSTM is L.LSTM
L.LSTM(2)(rs.Input((4, 1)), training=None, mask=None).shape == (None, 2)
"""

REFUSED = """
rs.K | K = rs.backend
rs.Functional | rs.Model
rs.Optimizer | rs.optimizers.Optimizer
rs.config.set_floatx('float64') | dtype='float64'
rs.constraints.MaxNorm(2) | kernel_regularizer
rs.datasets.imdb | rs.tasks
rs.keras | in the place of keras
rs.mixed_precision | dtype='float64'
rs.ops.mean | np.mean
rs.random.normal | np.random.default_rng
rs.version | rs.__version__
rs.wrappers | rs.layers.Bidirectional
rs.Conv1D | rs.look_inside
rs.backend.mean | np.mean
rs.activations.rellu | did you mean relu
L.Attention() | in a line
L.BatchNormalization() | rs.look_inside
L.Concatenate() | Bidirectional
L.InputLayer((4, 1)) | rs.Input
L.InputSpec(ndim=3) | rs.register
L.Lambda(abs) | rs.look_inside
L.Normalization() | rs.tasks.windows
L.ReLU() | Activation('relu')
L.StackedRNNCells([]) | rs.layers.RNN
L.TextVectorization() | pad_sequences
L.LSTM(2)(rs.Input((4, 1)), training=True) | fit trains
L.Layer(None, None).output_shape() | rs.register
rs.Input((4, 1), sparse=True) | leave it out
rs.callbacks.BackupAndRestore('x') | ModelCheckpoint
rs.callbacks.RemoteMonitor() | Write one of your own
rs.callbacks.TensorBoard('logs') | rs.explore(trace)
rs.initializers.Glorot() | did you mean Glorot
rs.losses.CTC() | class on rs.losses.Loss
rs.losses.mse | loss='mse'
rs.metrics.F1Score() | A function f(y_true, y_pred)
rs.metrics.RMSE() | rs.metrics.RootMeanSquaredError()
rs.models.model_from_json('{}') | model.save('model.keras')
rs.optimizers.Adam(lr=0.1) | learning_rate=
rs.optimizers.Adam(0.1, decay=0.1) | InverseTimeDecay
rs.optimizers.Adamax() | rs.optimizers.Adam()
rs.optimizers.legacy.Adam() | without it
rs.optimizers.schedules.CosineDecayRestarts(1, 2) | did you mean CosineDecay
rs.preprocessing.text.Tokenizer() | rs.utils.pad_sequences
rs.preprocessing.sequence.TimeseriesGenerator | rs.tasks.windows
rs.preprocessing.image | reads sequences
rs.regularizers.OrthogonalRegularizer() | rs.regularizers.L2
rs.saving.register_keras_serializable() | leave it out
rs.utils.get_file('a') | urllib
rs.utils.plot_model(model) | rs.figures.network(trace)
rs.utils.timeseries_dataset_from_array | rs.tasks.windows
rs.utils.np_utils | rs.utils.to_categorical
rs.Model() | rs.Sequential
rs.Model(inputs=model.input) | what layers gave
rs.Sequential([model, L.Dense(1)]) | *model.layers
model(rs.Input((4, 1))) | call its layers one by one
model(TASK.x, training=True) | model.fit(x, y)
model.build((None, 4)) | (None, 4, 1)
model.call(TASK.x) | model.predict(x)
model.compile('adam', {'dense': 'mse'}) | loss='mse'
model.compile('adam', len) | class on rs.losses.Loss
model.evaluate(TASK.x, TASK.y, workers=2) | leave it out
model.fit(TASK.x, TASK.y, nb_epoch=2) | epochs=
model.get_config() | model.save('model.keras')
model.history | trace.history
model.predict(TASK.x, workers=2) | leave it out
model.save('model.h5') | .keras
model.save('model.keras', save_format='h5') | leave it out
model.state_updates | dir()
model.train_step(TASK.x) | train_on_batch
model.layers[0].cell.units | layer.units
model.layers[0].get_config() | layer.options()
model.layers[1].layer | layer.forward_layer
L.LSTM(2).kernel | layer.get_weights()
model.layers[0].output.numpy() | predict(x)
model.optimizer.apply_gradients([]) | train_on_batch
model.optimizer.get_config() | optimizer.learning_rate
model.weights[0].assign_add(1) | weight.assign
trace.model | on which fit was called
trace.plot() | rs.figures.training(trace)
"""


def lines(table):
    return [line for line in table.splitlines() if line]


@pytest.fixture(scope="module")
def there():
    made = net()
    return {"rs": rs, "L": L, "TASK": TASK, "model": made, "trace": made.trace(TASK.x)}


@pytest.mark.parametrize("line", lines(WORKS))
def test_a_name_works_as_in_keras(line, there):
    assert eval(line, there)


@pytest.mark.parametrize("line", lines(REFUSED))
def test_a_name_says_what_to_do_instead(line, there):
    call, words = line.split(" | ")
    with pytest.raises((AttributeError, NotImplementedError, TypeError, ValueError), match=re.escape(words)):
        eval(call, there)


@pytest.mark.parametrize(
    "line",
    [
        "from rnnscope.layers import Conv1D | rs.look_inside",
        *[
            f"from rnnscope{module} import {name} | {words}"
            for module, name, words in (
                (".callbacks", "TensorBoard", "rs.explore(trace)"),
                (".datasets", "imdb", "rs.tasks"),
                (".preprocessing.text", "Tokenizer", "pad_sequences"),
                (".utils", "plot_model", "rs.figures.network"),
                ("", "ops", "np.mean"),
                ("", "Sequental", "did you mean Sequential"),
            )
        ],
    ],
)
def test_an_import_says_it_too(line):
    call, words = line.split(" | ")
    with pytest.raises(ImportError, match=re.escape(words)):
        exec(call)


def test_a_learning_rate_is_a_number_that_may_be_assigned():
    model, other = net(), net()
    model.optimizer.learning_rate.assign(0.02)
    other.optimizer.lr = 0.02
    rs.backend.set_value(net().optimizer.learning_rate, 0.02)
    assert model.optimizer.learning_rate == other.optimizer.lr == model.optimizer.learning_rate.numpy() == 0.02
    assert f"{model.optimizer.learning_rate:.3f}" == "0.020" and json.dumps(model.optimizer.learning_rate) == "0.02"
    assert type(copy.deepcopy(model.optimizer.learning_rate)) is float
    assert pickle.loads(pickle.dumps(model.optimizer.learning_rate)) == 0.02
    rates = [made.fit(TASK.x, TASK.y, epochs=2, verbose=0).history["loss"] for made in (model, other)]
    assert rates[0] == rates[1] != net().fit(TASK.x, TASK.y, epochs=2, verbose=0).history["loss"]
    with pytest.raises(TypeError, match="learning_rate of an optimizer"):
        rs.backend.set_value(3.0, 0.1)


def test_a_clone_begins_anew():
    model = net()
    before = model.get_weights()
    model.fit(TASK.x, TASK.y, epochs=2, verbose=0)
    clone = rs.models.clone_model(copy.copy(model))
    assert all(np.array_equal(mine, first) for mine, first in zip(clone.get_weights(), before, strict=True))
    assert clone.optimizer is None and [la.name for la in clone.layers] == [la.name for la in model.layers]
    after = model.get_weights()
    clone.set_weights([array * 0 for array in before])
    assert all(np.array_equal(mine, own) for mine, own in zip(model.get_weights(), after, strict=True))


def test_the_last_layer_is_taken_off():
    model = net()
    expected = model.trace(TASK.x)["bidirectional"]["y"][0]
    taken = model.pop()
    assert taken.name == "dense" and [layer.name for layer in model.layers] == ["lstm", "bidirectional"]
    np.testing.assert_array_equal(model.predict(TASK.x), expected)
    model.add(L.Dense(2, name="head"))
    model.compile("adam", "mse")
    model.fit(TASK.x, np.zeros((6, 2)), verbose=0)
    assert model.output_shape == (None, 2)
    with pytest.raises(ValueError, match="pop: expected a model with layers"):
        rs.Sequential().pop()
    with pytest.raises(TypeError, match=r"rs.Model\(model.input, model.layers\[-2\].output\)"):
        rs.Model(model.input, model.output).pop()


def test_a_model_is_built_for_a_shape():
    model = rs.Sequential([L.LSTM(3), L.Dense(1)])
    assert not model.built
    model.build(input_shape=(None, 7, 2))
    assert model.built and model.input_shape == (None, 7, 2) and model.predict(np.ones((2, 7, 2))).shape == (2, 1)


def test_a_file_is_written_over_only_if_that_is_wanted(tmp_path):
    model = net()
    rs.models.save_model(model, tmp_path / "model.keras")
    model.save(tmp_path / "model.keras", overwrite=True)
    model.save_weights(tmp_path / "model.weights.h5", overwrite=False)
    for write in (
        lambda: model.save(tmp_path / "model.keras", False),
        lambda: model.save_weights(tmp_path / "model.weights.h5", False),
    ):
        with pytest.raises(FileExistsError, match="overwrite=False"):
            write()


def test_a_summary_is_given_to_a_function():
    given = []
    net().summary(print_fn=given.append)
    assert len(given) == 1 and "lstm (LSTM)" in given[0]
