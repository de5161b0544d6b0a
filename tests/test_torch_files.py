"""Models of PyTorch: files of weights, and modules that are there, compared with stored runs; and weights for PyTorch.

PyTorch is not needed here, except by the slow tests: a stand-in has of a module what is asked of it, and puts out what
the real one did.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import rnnscope as rs
from rnnscope.interop.torch_states import state_of

FOLDER = Path(__file__).parent / "golden"
FILES = FOLDER / "torch_files"
CASES = json.loads((FOLDER / "torch" / "meta.json").read_text())["cases"]
GATE_ORDER = {"RNN": [0], "LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2]}
REFUSED = {"lstm_projected": "proj_size"}
if not hasattr(rs.layers, "Bidirectional"):
    REFUSED["lstm_bidirectional"] = "rnn_l0 (Bidirectional): rnnscope has no such layer"
READ = sorted(set(CASES) - set(REFUSED))


def stored(name):
    """Return the numbers of a stored run."""
    path = FOLDER / "torch" / f"{name}.npz"
    with np.load(path if path.exists() else FILES / f"{name}.npz") as file:
        return dict(file)


def options(name):
    """Return what has to be said beside the file of a case."""
    case = CASES[name]
    more = {"nonlinearity": case.get("nonlinearity", "tanh")} if case["class"] == "RNN" else {}
    return more | ({"return_sequences": True} if case.get("bidirectional") else {})


def last_step(prediction):
    """Return the prediction at the last time step, which is what the head of the stored modules reads."""
    return prediction[:, -1] if prediction.ndim == 3 else prediction


# ------------------------------------------------------------------------------------------------- files of weights


@pytest.mark.parametrize("name", READ)
def test_a_file_predicts_as_pytorch_did(name, relative_error):
    data, model = stored(name), rs.load(FILES / f"{name}.safetensors", **options(name))
    assert model.dtype == np.float64
    trace = model.trace(data["x"])
    assert relative_error(last_step(model.predict(data["x"])), data["pred0"]) < 1e-12
    top = trace[trace.layers[-2]]
    assert relative_error(top[top.output][0], data["sequence"]) < 1e-12


@pytest.mark.parametrize("name", [name for name in READ if "bidirectional" not in name])
def test_states_and_gradients_of_a_file(name, relative_error):
    data, case = stored(name), CASES[name]
    model = rs.load(FILES / f"{name}.safetensors", **options(name))
    model.compile(loss="mse")
    trace = model.trace(data["x"], data["y"])
    for state in ("h", "c") if case["class"] == "LSTM" else ("h",):
        last = np.stack([trace[layer][state][0, :, -1] for layer in trace.layers[:-1]])
        assert relative_error(last, data[f"{state}_n"]) < 1e-12
    assert relative_error(trace[trace.layers[0]].grad["x"][0], data["grad_x"]) < 1e-12
    assert relative_error(model.gradients(data["x"], data["y"])[-2].T, data["g/head.weight"]) < 1e-12


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_refused(name):
    with pytest.raises(ValueError, match=re.escape(REFUSED[name])):
        rs.load(FILES / f"{name}.safetensors")


def test_an_rnn_needs_its_function():
    with pytest.raises(ValueError, match=r'give nonlinearity="tanh".* or nonlinearity="relu"'):
        rs.load(FILES / "rnn_tanh.safetensors")
    with pytest.raises(ValueError, match="nonlinearity: expected one of relu, tanh"):
        rs.load(FILES / "rnn_tanh.safetensors", nonlinearity="sigmoid")
    with pytest.raises(ValueError, match=r"nonlinearity: expected it for a \.safetensors file only"):
        rs.load(FOLDER / "keras" / "lstm.keras", nonlinearity="tanh")


@pytest.fixture
def state(tmp_path):
    """Return a function that writes a file of weights."""

    def write(name="w.safetensors", **arrays):
        save_file(
            {key.replace("__", "."): np.ascontiguousarray(array) for key, array in arrays.items()}, tmp_path / name
        )
        return tmp_path / name

    return write


def gru(units=3, features=2, name="rnn", seed=0):
    """Return the state of an `nn.GRU`."""
    rng = np.random.default_rng(seed)
    shapes = {"weight_ih_l0": (3 * units, features), "weight_hh_l0": (3 * units, units)}
    shapes |= {"bias_ih_l0": (3 * units,), "bias_hh_l0": (3 * units,)}
    return {f"{name}__{key}": rng.normal(size=shape) for key, shape in shapes.items()}


def dense(name, units, features, seed=1):
    """Return the state of an `nn.Linear`."""
    rng = np.random.default_rng(seed)
    return {f"{name}__weight": rng.normal(size=(units, features)), f"{name}__bias": rng.normal(size=units)}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gru_of_pytorch(x, arrays, name="rnn"):
    """Return the states of an `nn.GRU` as the documentation of PyTorch writes it."""
    w_i, w_h, b_i, b_h = (arrays[f"{name}__{key}_l0"] for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h, found = np.zeros((len(x), w_h.shape[1])), []
    for t in range(x.shape[1]):
        (i_r, i_z, i_n), (h_r, h_z, h_n) = (np.split(a, 3, axis=1) for a in (x[:, t] @ w_i.T + b_i, h @ w_h.T + b_h))
        r, z = sigmoid(i_r + h_r), sigmoid(i_z + h_z)
        h = (1 - z) * np.tanh(i_n + r * h_n) + z * h
        found.append(h)
    return np.stack(found, axis=1)


def test_the_order_and_the_functions_can_be_said(state, relative_error):
    arrays = {**gru(), **dense("b", 2, 3), **dense("a", 4, 2, seed=2)}
    path, x = state(**arrays), np.random.default_rng(3).normal(size=(4, 5, 2))
    model = rs.load(path, layers=["rnn", "b", "relu", "a", "sigmoid"], return_sequences=True)
    hidden = np.maximum(gru_of_pytorch(x, arrays) @ arrays["b__weight"].T + arrays["b__bias"], 0)
    expected = sigmoid(hidden @ arrays["a__weight"].T + arrays["a__bias"])
    assert relative_error(model.predict(x), expected) < 1e-12
    assert [layer.name for layer in model.layers] == ["rnn", "b", "a"]


def test_layers_that_fit_in_one_order_only_are_read(state, relative_error):
    arrays = {**gru(3, 2, "second"), **gru(2, 4, "first"), **dense("head", 1, 3)}
    path, x = state(**arrays), np.random.default_rng(3).normal(size=(4, 5, 4))
    model = rs.load(path)
    assert [layer.name for layer in model.layers] == ["first", "second", "head"]
    states = gru_of_pytorch(gru_of_pytorch(x, arrays, "first"), arrays, "second")
    assert relative_error(model.predict(x), states[:, -1] @ arrays["head__weight"].T + arrays["head__bias"]) < 1e-12


@pytest.mark.parametrize(
    ("arrays", "options", "words"),
    [
        ({**gru(), **dense("a", 3, 3), **dense("b", 2, 3)}, {}, "does not say in which order its layers stand"),
        ({**gru(2, 2, "a"), **gru(2, 2, "b")}, {}, "its layers fit together in 2 orders: say the order"),
        ({**gru(), **dense("a", 3, 5)}, {}, "its layers fit together in no orders"),
        ({**gru(), **dense("a", 2, 5)}, {}, "its layers fit together in one order, with a function perhaps"),
        ({**gru(), **dense("a", 2, 3)}, {"layers": ["rnn"]}, "expected each of a, rnn once; got rnn"),
        ({**gru(), **dense("a", 2, 3)}, {"layers": ["rnn", "b"]}, "layers: expected one of"),
        (gru(), {"layers": "rnn"}, "expected a list of names"),
        ({"rnn__running_mean": np.ones(3)}, {}, "rnn.running_mean, of shape (3,), is no weight of"),
        ({"conv__weight": np.ones((3, 2, 1))}, {}, "conv.weight, of shape (3, 2, 1), is no weight of"),
        ({"a__bias": np.ones(3)}, {}, "a: expected weight_ih, weight_hh and"),
        (
            {"rnn__weight_hh_l0": np.ones((6, 3)), "rnn__weight_ih_l0": np.ones((6, 2))},
            {},
            "rnn: expected weight_ih, weight_hh and",
        ),
        ({}, {}, "it holds no arrays"),
        ({"a__weight": np.ones((3, 2), np.float16)}, {}, 'numbers of type float16; give dtype="float32"'),
        ({key: a for key, a in gru().items() if "hh" not in key}, {}, "rnn: expected weight_ih, weight_hh and"),
        ({**gru(), "rnn__bias_ih_l0": np.ones(6)}, {}, "none or two biases that fit"),
    ],
)
def test_a_state_that_cannot_be_read(state, arrays, options, words):
    with pytest.raises(ValueError, match="path: expected a model that can be read") as error:
        rs.load(state(**{key: value for key, value in arrays.items()}), **options)
    assert words in str(error.value)


def test_a_file_that_is_damaged(tmp_path):
    content = (FILES / "lstm.safetensors").read_bytes()
    for size in (0, 4, 100, len(content) - 8):
        (tmp_path / "w.safetensors").write_bytes(content[:size])
        with pytest.raises(ValueError, match=r"it is no \.safetensors file, or is damaged or cut short"):
            rs.load(tmp_path / "w.safetensors")


def test_summary_says_which_gru_it_is(capsys):
    rs.load(FILES / "gru.safetensors").summary()
    text = capsys.readouterr().out
    assert "rnn_l0, rnn_l1 from PyTorch's nn.GRU: r scales the product h₋₁·U_g + bias_hh" in text
    assert "r, z, n there, and z, r, g here" in text
    rs.load(FILES / "lstm.safetensors").summary()
    assert "the two biases of each gate, bias_ih and bias_hh, are added up in one here" in capsys.readouterr().out


# ----------------------------------------------------------------------------------------------- weights for PyTorch


@pytest.mark.parametrize("name", ["gru", "gru_no_bias", "rnn_relu", "lstm", "lstm_bidirectional"])
def test_weights_go_back_as_they_came(name, tmp_path, relative_error):
    path = FILES / f"{name}.safetensors"
    model, there = rs.load(path, **options(name)), load_file(path)
    found = state_of(model)
    assert found.keys() == there.keys()
    is_summed = CASES[name]["class"] != "GRU"
    for key, array in found.items():
        if is_summed and "bias_ih" in key:
            sums = [own[key] + own[key.replace("ih", "hh")] for own in (found, there)]
            assert (sums[0] == sums[1]).all()
        elif not is_summed or "bias_hh" not in key:
            assert (array == there[key]).all()
    model.save(tmp_path / "w.safetensors")
    x, other = stored(name)["x"], rs.load(tmp_path / "w.safetensors", **options(name))
    assert (other.predict(x) == model.predict(x)).all()


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (
            lambda: rs.GRU(2, reset_after=False, input_shape=(4, 1)),
            "expected reset_after=True, as PyTorch's GRU",
        ),
        (lambda: rs.LSTM(2, activation="relu", input_shape=(4, 1)), "expected activation='tanh', as PyTorch's LSTM"),
        (lambda: rs.SimpleRNN(2, activation="sigmoid", input_shape=(4, 1)), "expected activation='tanh'"),
        (lambda: rs.LSTM(2, go_backwards=True, input_shape=(4, 1)), "expected go_backwards=False"),
        (lambda: rs.PeepholeLSTM(2, input_shape=(4, 1)), "it has no PeepholeLSTM ('peephole_lstm')"),
        (
            lambda: rs.layers.Embedding(3, 2, mask_zero=True),
            "layer 'embedding': expected layers that PyTorch has; it has no masks",
        ),
        (lambda: rs.layers.Bidirectional(rs.GRU(2), "sum", input_shape=(4, 1)), "expected merge_mode='concat'"),
    ],
)
def test_layers_that_pytorch_does_not_have(layer, words, tmp_path):
    model = rs.Sequential([layer()])
    with pytest.raises(ValueError, match=re.escape(words)):
        model.save(tmp_path / "w.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_tensors_need_pytorch(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    model = rs.Sequential([rs.LSTM(2, input_shape=(4, 1))])
    with pytest.raises(ImportError, match=r'to_torch_state_dict needs torch: pip install "rnnscope\[torch\]"'):
        model.to_torch_state_dict()


# --------------------------------------------------------------------------------------------- modules that are there


class Tensor:
    """What is asked of a tensor."""

    def __init__(self, array):
        self.array, self.dtype = np.asarray(array), f"torch.{np.asarray(array).dtype}"

    def detach(self):
        return self

    cpu = double = long = detach

    def numpy(self):
        return self.array.astype(float)

    def new_tensor(self, array):
        return Tensor(array)


class Module:
    """What is asked of a module: it puts out what a function of its input says."""

    __module__ = "torch.nn.modules.module"

    def __init__(self, children=(), weights=(), **options):
        self._modules, self._weights, self.training = dict(children), dict(weights), True
        self.__dict__.update(options)

    def children(self):
        return self._modules.values()

    def named_parameters(self):
        return ((key, Tensor(array)) for key, array in self._weights.items())

    def parameters(self):
        yield from (Tensor(array) for array in self._weights.values())
        for child in self.children():
            yield from child.parameters()

    def train(self, mode):
        self.training = mode

    def eval(self):
        self.training = False

    def forward(self, x):
        raise NotImplementedError

    def __call__(self, x):
        assert not self.training
        return self.forward(x)


def of(kind, **more):
    """Return a class of PyTorch of that name."""
    return type(kind, (Module,), {"__module__": "torch.nn.modules.x", "forward": lambda self, x: None, **more})


class Net(Module):
    """A module of one's own: `rnn`, then `head`, and what `forward` puts out."""

    __module__ = "mine"

    def forward(self, x):
        return Tensor(self.answer(x.array))


def net(name, answer=None, **more):
    """Return the module of a stored run, which puts out the stored prediction."""
    data, case = stored(name), CASES[name]
    own = {key.removeprefix("w/"): array for key, array in data.items() if key.startswith("w/")}
    parts = {
        part: {k.removeprefix(f"{part}."): a for k, a in own.items() if k.startswith(part)} for part in ("rnn", "head")
    }
    options = {"nonlinearity": case.get("nonlinearity", "tanh"), "proj_size": case.get("proj_size", 0), "dropout": 0.0}
    rnn = of(case["class"])(weights=parts["rnn"], **options)
    children = {"rnn": rnn, "head": of("Linear")(weights=parts["head"]), **more}
    return Net(children, answer=answer or (lambda x: data["pred0"]))


@pytest.mark.parametrize("name", [name for name in READ if "bidirectional" not in name])
def test_a_module_becomes_a_model(name, relative_error):
    data = stored(name)
    module = net(name)
    model = rs.from_torch(module, data["x"])
    assert module.training  # as it was before
    assert relative_error(model.predict(data["x"]), data["pred0"]) < 1e-12
    trace = rs.look_inside(module, data["x"])
    assert relative_error(trace[trace.layers[-2]]["h"][0], data["sequence"]) < 1e-12


def test_gradients_of_a_module(relative_error):
    data = stored("lstm")
    trace = rs.look_inside(net("lstm"), data["x"], data["y"], loss="mse")
    assert relative_error(trace.loss[0], data["loss0"]) < 1e-12
    assert relative_error(trace[trace.layers[0]].grad["x"][0], data["grad_x"]) < 1e-12


def test_the_head_may_read_every_step(relative_error):
    data = stored("lstm")
    every = data["sequence"] @ data["w/head.weight"].T + data["w/head.bias"]
    model = rs.from_torch(net("lstm", lambda x: every), data["x"])
    assert relative_error(model.predict(data["x"]), every) < 1e-12
    with pytest.raises(ValueError, match="forward does something that its layers do not say"):
        rs.from_torch(net("lstm", lambda x: every), data["x"], return_sequences=False)


def test_time_may_be_the_first_axis(relative_error):
    data = stored("lstm")
    x = data["x"].swapaxes(0, 1)
    trace = rs.look_inside(net("lstm"), x)
    assert (trace.x == data["x"]).all() and relative_error(trace.predictions[0], data["pred0"]) < 1e-12
    every = (data["sequence"] @ data["w/head.weight"].T + data["w/head.bias"]).swapaxes(0, 1)
    assert rs.look_inside(net("lstm", lambda x: every), x).predictions.shape == (1, 4, 7, 2)


def test_functions_are_part_of_the_layer_before(relative_error):
    data = stored("lstm")
    expected = np.exp(data["pred0"]) / np.exp(data["pred0"]).sum(axis=1, keepdims=True)
    module = net("lstm", lambda x: expected, last=of("Softmax")(dim=1), nothing=of("Identity")())
    model = rs.from_torch(module, data["x"])
    assert model.layers[-1].activation == "softmax"
    assert relative_error(model.predict(data["x"]), expected) < 1e-12


def test_a_function_may_be_used_twice(relative_error):
    function = of("Tanh")()
    data = stored("lstm")
    first = np.tanh(data["pred0"])
    last = of("Linear")(weights={"weight": np.array([[1.0, 2.0], [0.5, -1.0]])})
    expected = np.tanh(first @ last._weights["weight"].T)
    module = net("lstm", lambda x: expected, one=function, other=last, two=function)
    assert relative_error(rs.from_torch(module, data["x"]).predict(data["x"]), expected) < 1e-12


def test_a_forward_that_does_something_else_is_never_shown():
    data = stored("lstm")
    for answer in (lambda x: data["pred0"] + 1e-6, lambda x: data["pred0"][:, :1], lambda x: np.tanh(data["pred0"])):
        with pytest.raises(ValueError, match=r"forward does something.*rs\.from_torch\(module\.rnn\)"):
            rs.look_inside(net("lstm", answer), data["x"])


def test_a_forward_that_takes_something_else_is_said():
    def fails(x):
        raise TypeError("missing 1 required positional argument: 'lengths'")

    with pytest.raises(ValueError, match=r"expected one that takes x alone, of shape \(3, 5, 3\); .*'lengths'"):
        rs.from_torch(net("lstm", fails))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"conv": of("Conv1d")()}, "conv (Conv1d): rnnscope has no such layer"),
        ({"norm": of("LayerNorm")()}, "norm (LayerNorm): rnnscope has no such layer"),
        ({"f": of("ELU")(alpha=2.0)}, "f (ELU): alpha=2.0: expected 1.0"),
        ({"e": of("Embedding")(weights={"weight": np.ones((5, 2))}, max_norm=1.0)}, "e (Embedding): max_norm=1.0"),
    ],
)
def test_modules_that_cannot_be_read_are_listed(parts, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        rs.from_torch(net("lstm", **parts))


def test_a_projected_state_is_refused():
    with pytest.raises(ValueError, match=r"rnn \(LSTM\): proj_size=3: a hidden state that is projected is not there"):
        rs.from_torch(net("lstm_projected"))


def test_a_vector_of_all_time_steps(relative_error):
    data = stored("lstm")
    states = data["sequence"].reshape(len(data["x"]), -1)
    head = {"weight": np.random.default_rng(0).normal(size=(2, states.shape[1])), "bias": np.zeros(2)}
    parts = {"flat": of("Flatten")(), "head": of("Linear")(weights=head)}
    module = net("lstm", lambda x: states @ head["weight"].T, **parts)
    del module._modules["head"]
    module._modules |= {"flat": parts["flat"], "head": parts["head"]}
    with pytest.raises(ValueError, match=r"x: expected inputs, since nn.Flatten"):
        rs.from_torch(module)
    model = rs.from_torch(module, data["x"])
    assert relative_error(model.predict(data["x"]), states @ head["weight"].T) < 1e-12


def test_a_cell_by_itself(relative_error):
    arrays = gru()
    weights = {key.removeprefix("rnn__").removesuffix("_l0"): array for key, array in arrays.items()}
    model = rs.from_torch(of("GRUCell")(weights=weights), return_sequences=True)
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    assert relative_error(model.predict(x), gru_of_pytorch(x, arrays)) < 1e-12


def test_what_is_no_module_and_other_precisions():
    with pytest.raises(TypeError, match=r"module: expected a module of PyTorch.*got 3"):
        rs.from_torch(3)
    with pytest.raises(ValueError, match="module: expected a module with layers; got one without"):
        rs.from_torch(Net({"a": of("Identity")(weights={"w": np.ones(1)})}))
    half = of("Linear")(weights={"weight": np.ones((2, 3), np.float16)})
    with pytest.raises(ValueError, match='it computes in float16; give dtype="float32"'):
        rs.from_torch(Net({"a": half}, answer=lambda x: x))


# ------------------------------------------------------------------------------------------------------- with PyTorch


def random_module(torch, rng):
    """Return a module with options drawn at random, all weights and biases too, and inputs for it."""
    nn = torch.nn
    kind = rng.choice(["RNN", "LSTM", "GRU"])
    features, units, layers = (int(n) for n in rng.integers(1, 5, 3))
    first, both, has_tokens = (bool(n) for n in rng.integers(2, size=3))
    more = {"nonlinearity": str(rng.choice(["tanh", "relu"]))} if kind == "RNN" else {}
    more |= {"bidirectional": both, "dropout": 0.3 if layers > 1 else 0.0}
    how = rng.choice(["last", "state", "sequence", "flat", "bare"])
    how = "state" if both and how == "last" else how  # `out[:, -1]` has one step only of the backward direction
    has_tokens = has_tokens and how != "bare"
    heads = {"flat": 6 * units * (1 + both)}

    class Mine(nn.Module):
        def __init__(self):
            super().__init__()
            bias = bool(rng.integers(2))
            if has_tokens:
                self.embedding = nn.Embedding(7, features)
            self.rnn = getattr(nn, kind)(features, units, layers, bias=bias, batch_first=first, **more)
            if how == "flat":
                self.flat = nn.Flatten()
            self.drop = nn.Dropout(0.4)
            self.head = nn.Linear(
                heads.get(how, units * (1 + both)), int(rng.integers(1, 4)), bias=bool(rng.integers(2))
            )
            self.function = [nn.Sigmoid, nn.Identity, nn.ReLU, nn.Tanh][rng.integers(4)]()

        def forward(self, x):
            out, state = self.rnn(self.embedding(x) if has_tokens else x)
            state = state[0] if kind == "LSTM" else state
            if how == "last":
                out = out[:, -1] if first else out[-1]
            if how == "state":
                out = torch.cat((state[-2], state[-1]), dim=1) if both else state[-1]
            if how == "flat":
                out = self.flat(out if first else out.transpose(0, 1))
            return self.function(self.head(self.drop(out)))

    module = Mine().to(torch.float64 if rng.integers(4) else torch.float32).eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(rng.normal(0, 0.5, tuple(parameter.shape))))
    shape = (3, 6) if first else (6, 3)
    x = rng.integers(0, 7, shape) if has_tokens else rng.normal(size=(*shape, features))
    return (module.rnn if how == "bare" else module), x


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_random_modules(seed, relative_error):
    torch = pytest.importorskip("torch")
    module, x = random_module(torch, np.random.default_rng(seed))
    trace = rs.look_inside(module, x)
    with torch.no_grad():
        given = next(module.parameters()).new_tensor(x)
        given = given.long() if x.dtype.kind == "i" else given
        output = module(given)
    output = (output[0] if isinstance(output, tuple) else output).numpy()
    own = trace.predictions[0]
    own = own.swapaxes(0, 1) if own.shape != output.shape else own
    assert relative_error(own, output) < (1e-12 if output.dtype == np.float64 else 1e-5)


@pytest.mark.slow
def test_pytorch_itself_takes_the_weights(relative_error):
    torch = pytest.importorskip("torch")
    layers = [
        rs.GRU(3, return_sequences=True, input_shape=(5, 2), name="rnn_l0"),
        rs.GRU(3, name="rnn_l1"),
        rs.Dense(2),
    ]
    model = rs.Sequential(layers, dtype="float64")
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])

    class Mine(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.GRU(2, 3, num_layers=2, batch_first=True)
            self.dense = torch.nn.Linear(3, 2)

        def forward(self, x):
            return self.dense(self.rnn(x)[0][:, -1])

    module, x = Mine().double(), rng.normal(size=(4, 5, 2))
    assert [type(value) for value in model.to_torch_state_dict().values()] == [torch.Tensor] * 10
    module.load_state_dict(model.to_torch_state_dict())
    with torch.no_grad():
        assert relative_error(module(torch.from_numpy(x)).numpy(), model.predict(x)) < 1e-12
