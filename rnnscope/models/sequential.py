"""The sequential model: layers one upon the other, with Keras's methods, and a trace of everything it computes."""

from __future__ import annotations

import html
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from rnnscope.cells import D, H
from rnnscope.checks import describe, flag, no_others, number, one_of, positive_int
from rnnscope.engine.losses import Loss
from rnnscope.engine.losses import loss as loss_of
from rnnscope.engine.optimizers import Optimizer
from rnnscope.engine.optimizers import optimizer as optimizer_of
from rnnscope.models.data import as_input, as_numbers, as_target, feature_major, split_tail, time_major
from rnnscope.models.layer import Input, Layer, Shape, unique_names
from rnnscope.models.network import Network, connect
from rnnscope.models.recorder import Outcome, Recorder, empty_trace
from rnnscope.models.summary import show, summarize
from rnnscope.models.training import Batches, Training, evaluate, predictions, run_pass
from rnnscope.trace.record import Record
from rnnscope.trace.trace import Trace


class Sequential:
    """Layers one upon the other.

    Parameters
    ----------
    layers
        Layers from the input up; the first says `input_shape=(time, feature)`, or `rs.Input(shape=...)` stands first.
    seed
        Seed of the start weights and of shuffling; None for a different one each time.
    dtype
        `"float32"` or `"float64"`.
    name
        Name of the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.LSTM(units=300, input_shape=(4, 1)), rs.layers.Dense(1)], seed=0)
    >>> model.count_params()
    362701
    """

    def __init__(
        self,
        layers: Sequence[Layer | Input] = (),
        *,
        seed: int | None = 0,
        dtype: str = "float32",
        name: str = "sequential",
    ) -> None:
        if isinstance(dtype, type | np.dtype):
            dtype = np.dtype(dtype).name
        self.dtype = np.dtype(one_of("dtype", dtype, ("float32", "float64")))
        if not isinstance(name, str) or not name:
            raise TypeError(f"name: expected a name; got {describe(name)}")
        self.name = name
        self._rng = np.random.default_rng(None if seed is None else positive_int("seed", seed, 0))
        self._start = self._rng.bit_generator.state
        self._layers: list[Layer] = []
        self._input: Shape | None = None
        self._network: Network | None = None
        self._building = threading.RLock()
        self._loss: Loss | None = None
        self._optimizer: Optimizer | None = None
        if isinstance(layers, Layer | Input) or not isinstance(layers, Sequence):
            raise TypeError(f"layers: expected a list of layers; got {describe(layers)}")
        try:
            for layer in layers:
                self.add(layer)
        except (TypeError, ValueError):
            for layer in self._layers:  # a corrected list may have them again
                layer.is_attached = False
            raise
        if self._layers and self._shape is not None:
            self._built()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, from the input up."""
        return tuple(self._layers)

    def add(self, layer: Layer | Input) -> None:
        """Put a layer on top; the model then starts from new weights. A layer that is refused leaves it as it was."""
        if isinstance(layer, Input):
            if self._layers or self._input is not None:
                raise ValueError("Input: expected to stand first in the model; got it later")
            self._input = layer.shape
            return
        if not isinstance(layer, Layer):
            raise TypeError(f"layers: expected layers, those of rs.layers; got {describe(layer)}")
        if layer.is_attached:
            raise ValueError(f"layers: expected every layer once, in one model; {layer.name!r} is part of one")
        layers = [*self._layers, layer]
        names = unique_names(layers)
        shapes = connect(layers, names, self._input)
        self._layers = layers
        for entry, name, shape in zip(layers, names, shapes, strict=True):
            entry.name, entry.input_shape = name, shape
        layer.is_attached = True
        self._network = None

    def get_layer(self, name: str) -> Layer:
        """Return the layer of that name."""
        names = [layer.name for layer in self._layers]
        return self._layers[names.index(one_of("layer", name, names))]

    def compile(self, optimizer: str | Optimizer = "adam", loss: str | Loss = "mse", **others: Any) -> None:
        """Choose how the model learns.

        Parameters
        ----------
        optimizer
            `"adam"`, `"rmsprop"`, `"sgd"` (with Keras's defaults), or one of `rs.optimizers`.
        loss
            `"mse"`, `"mae"`, `"binary_crossentropy"`, `"categorical_crossentropy"`,
            `"sparse_categorical_crossentropy"`, or one of `rs.losses`.
        **others
            Nothing: what Keras takes besides, such as `metrics`, is refused with a sentence.
        """
        no_others(self.compile, others)
        self._optimizer, self._loss = optimizer_of(optimizer), loss_of(loss)

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int = 1,
        *,
        shuffle: bool = True,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        record: bool | Record = True,
        **others: Any,
    ) -> Trace:
        """Train, and return the trace of what happened.

        Parameters
        ----------
        x, y
            Inputs (sample, time, feature) and targets (sample, output); targets of shape (sample,) serve one output.
        batch_size
            Samples per step; the last batch of an epoch may be smaller. The loss of an epoch is the mean over samples.
        epochs
            How many times all samples are passed.
        verbose
            1: a progress bar; 2: a line per epoch; 0: nothing.
        shuffle
            Whether each epoch takes the samples in a new order (a single batch is never reordered).
        validation_split
            Share of the samples, taken from the end, that is held out to compute `history["val_loss"]`.
        validation_data
            Inputs and targets for `history["val_loss"]`.
        record
            True: record everything at every epoch; False: nothing; an `rs.Record` says what.
        **others
            Nothing: what Keras takes besides, such as `callbacks`, is refused with a sentence.

        Returns
        -------
        Trace
            What was recorded, and `history`. Record of epoch e: a pass with the weights that e started from; with
            several batches an epoch it is a full pass of its own over the recorded samples.

        Notes
        -----
        An interrupt ends training after the step that runs: the model keeps its weights, the trace its finished epochs.
        The first NaN or infinity ends it before the weights take it in, with a `TrainingStopped` warning that names
        epoch, time step, layer and quantity. `trace.stopped` says either.

        Threads may share a model. One that calls `fit` or `set_weights` while another trains waits for its end; one
        that calls `predict`, `evaluate` or `trace` gets the numbers of the weights as they are between two steps.
        """
        no_others(self.fit, others)
        network, loss, optimizer = self._compiled()
        epochs, verbose = positive_int("epochs", epochs), _verbose(verbose)
        batch_size = positive_int("batch_size", batch_size)
        wanted = _record(record)
        inputs, targets = self._data(x, y)
        held = None if validation_data is None else self._validation(validation_data)
        if number("validation_split", validation_split, 0, 1):
            inputs, targets, held = split_tail(inputs, targets, validation_split, held)
        batches = Batches(inputs, targets, batch_size, flag("shuffle", shuffle), self._rng)
        validation = None if held is None else Batches(*held, batch_size)
        recorder, output = None, self._output(inputs)
        if wanted is not None:
            recorder = Recorder(network, wanted, epochs, inputs, targets, output, own_pass=not batches.single)
        training = Training(network, loss, optimizer, batches)
        with network.guard.training():
            training.run(epochs, recorder, validation, verbose)
        if recorder is None:
            return empty_trace(network, inputs, targets, output, training.history, training.stopped)
        return recorder.trace(training.finished, training.history, training.stopped)

    def trace(self, x: Any, y: Any = None, *, record: bool | Record = True) -> Trace:
        """Return the record of one pass without training.

        Parameters
        ----------
        x
            Inputs (sample, time, feature).
        y
            Targets; with them the trace has the loss and all gradients.
        record
            What to record, as in `fit`.
        """
        self._built()
        if y is None:
            inputs, targets = as_input("x", x, self._shape, self.dtype), None
        else:
            self._compiled()
            inputs, targets = self._data(x, y)
        wanted = _record(record)
        if wanted is None:
            raise ValueError("record: expected True or an rs.Record; got False: a pass without a record is predict(x)")
        with self._built().reading() as network, np.errstate(all="ignore"):
            recorder = Recorder(network, wanted, 1, inputs, targets, self._output(inputs), own_pass=True)
            outcome = self._recorded(network, recorder)
        return recorder.trace(1, {} if targets is None else {"loss": [outcome.loss]})

    def _recorded(self, network: Network, recorder: Recorder) -> Outcome:
        """Run one pass over the recorded samples, and keep it."""
        tapes, chosen, y = recorder.tapes(0), recorder.pass_samples, recorder.y
        given = feature_major(recorder.x[chosen])
        with network.passes(recorder.x.shape[1], len(chosen), gradients=y is not None) as passes:
            if y is None:
                outcome = Outcome(passes.forward(tapes, given))
            else:
                share = len(chosen) / len(recorder.x)
                outcome = run_pass(passes, self._loss, tapes, given, time_major(y[chosen]), share)
            passes.release()
        recorder.keep(0, tapes, outcome)
        return outcome

    def gradients(self, x: Any, y: Any) -> list[np.ndarray]:
        """Return the gradient of the loss by every weight array, in the order of `get_weights()`."""
        built, loss, _ = self._compiled()
        inputs, targets = self._data(x, y)
        size = inputs.shape[1], len(inputs)
        with built.reading() as network, network.passes(*size, gradients=True) as passes, np.errstate(all="ignore"):
            run_pass(passes, loss, passes.tapes, feature_major(inputs), time_major(targets))
            return [array.copy() for array in passes.gradient_arrays]

    def predict(self, x: Any, *, batch_size: int = 32, verbose: int = 0) -> np.ndarray:
        """Return the output for every sample.

        Parameters
        ----------
        x
            Inputs (sample, time, feature).
        batch_size
            Samples per pass.
        verbose
            Taken for Keras's sake; a prediction shows no progress.
        """
        built, _ = self._built(), _verbose(verbose)
        inputs = as_input("x", x, self._shape, self.dtype)
        batches = Batches(inputs, None, positive_int("batch_size", batch_size))
        with built.reading() as network, np.errstate(all="ignore"):
            return np.concatenate([time_major(p).copy() for p, _ in predictions(network, batches)])

    def __call__(self, x: Any) -> np.ndarray:
        """Return the output for every sample: `predict(x)`."""
        return self.predict(x)

    def evaluate(self, x: Any, y: Any, *, batch_size: int = 32, verbose: int = 0) -> float:
        """Return the mean loss over samples; the parameters are those of `predict`."""
        built, loss, _ = self._compiled()
        _verbose(verbose)
        inputs, targets = self._data(x, y)
        batches = Batches(inputs, targets, positive_int("batch_size", batch_size))
        with built.reading() as network, np.errstate(all="ignore"):
            return evaluate(network, loss, batches)

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weight arrays, in Keras's order and shapes."""
        network = self._built()
        with network.guard.between_steps:
            return [array.copy() for array in network.arrays]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all weights from arrays in the order and shapes of `get_weights()`; nothing changes if one is wrong."""
        network = self._built()
        if isinstance(weights, str | bytes) or not isinstance(weights, Sequence):
            raise TypeError(f"weights: expected a list of arrays; got {describe(weights)}")
        if len(weights) != len(network.specs):
            raise ValueError(f"weights: expected {len(network.specs)} arrays; got {len(weights)}")
        checked = []
        for k, (value, (layer, name, shape)) in enumerate(zip(weights, network.specs, strict=True)):
            array = as_numbers(f"weights[{k}]", value, self.dtype)
            if array.shape != shape:
                raise ValueError(f"weights[{k}]: expected shape {shape} ({layer}/{name}); got {array.shape}")
            checked.append(array)
        with network.guard.training(), network.guard.between_steps:
            for array, new in zip(network.arrays, checked, strict=True):
                array[...] = new

    def count_params(self) -> int:
        """Return the number of parameters."""
        return self._built().weights.size

    def parameter_formula(self) -> dict[str, sympy.Expr]:
        """Return the number of parameters of each layer, and their `"total"`, as formulas.

        D stands for the features of the input and H1, H2 … for the units of the layers, so that the features of a layer
        are the units of the one below it.

        Examples
        --------
        >>> import rnnscope as rs
        >>> model = rs.Sequential([rs.LSTM(300, input_shape=(4, 1)), rs.Dense(1)])
        >>> model.parameter_formula()
        {'lstm': 4*H1*(D + H1 + 1), 'dense': H2*(H1 + 1), 'total': 4*H1*(D + H1 + 1) + H2*(H1 + 1)}
        """
        units = [sympy.Symbol(f"H{k}", positive=True, integer=True) for k in range(1, len(self._layers) + 1)]
        formulas = {
            layer.name: layer.parameter_formula().subs({D: below, H: own}, simultaneous=True)
            for layer, below, own in zip(self._layers, [D, *units], units, strict=False)
        }
        return {**formulas, "total": sympy.Add(*formulas.values())}

    def summary(self) -> None:
        """Show the layers with output shapes, numbers of parameters and the formula behind each."""
        self._built()
        show(summarize(self.name, self._layers))

    def __repr__(self) -> str:
        return f"<rnnscope.Sequential {self.name!r}: {', '.join(f'{la.kind}({la.units})' for la in self._layers)}>"

    def _repr_html_(self) -> str:
        if not self._layers or self._shape is None:
            return f"<pre>{html.escape(repr(self))}</pre>"
        return summarize(self.name, self._layers)._repr_html_()

    @property
    def _shape(self) -> Shape:
        return self._layers[0].input_shape

    def _built(self) -> Network:
        """Return the network, made with new weights when it is first asked for."""
        if self._network is None:
            if not self._layers or self._shape is None:
                missing = "input_shape=(time, feature) in the first layer, or rs.Input(shape=...) before it"
                raise ValueError(f"Sequential: expected {missing if self._layers else 'at least one layer'}; got none")
            with self._building:  # two threads may be the first to ask
                if self._network is None:
                    self._network = self._begin()
        return self._network

    def _begin(self) -> Network:
        """Return a network with new weights, of which the layers are part from now on."""
        network = Network(self._layers, self.dtype)
        self._rng.bit_generator.state = self._start
        network.start(self._rng)
        for layer, weights in zip(self._layers, network.by_layer(network.arrays), strict=True):
            layer.attach(weights, network.guard)
        return network

    def _compiled(self) -> tuple[Network, Loss, Optimizer]:
        network = self._built()
        if self._loss is None or self._optimizer is None:
            raise ValueError(
                "Sequential: expected model.compile(optimizer=..., loss=...) first; got an uncompiled model"
            )
        return network, self._loss, self._optimizer

    def _output(self, inputs: np.ndarray) -> tuple[int, ...]:
        """Return the shape of the output for these inputs."""
        shape = self._layers[-1].output_shape()
        return (len(inputs), *(inputs.shape[1] if n is None else n for n in shape))

    def _data(self, x: Any, y: Any, names: tuple[str, str] = ("x", "y")) -> tuple[np.ndarray, np.ndarray]:
        inputs = as_input(names[0], x, self._shape, self.dtype)
        targets = as_target(names[1], y, len(inputs), self.dtype)
        return inputs, self._loss.check(targets, self._output(inputs), names[1])

    def _validation(self, data: tuple[Any, Any]) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(data, tuple | list) or len(data) != 2:
            raise TypeError(f"validation_data: expected a pair (x, y); got {describe(data)}")
        return self._data(*data, names=("validation_data x", "validation_data y"))


def _record(record: bool | Record) -> Record | None:
    if isinstance(record, bool):
        return Record() if record else None
    if not isinstance(record, Record):
        raise TypeError(f"record: expected True, False or an rs.Record; got {describe(record)}")
    return record


def _verbose(verbose: int | str) -> int:
    """Return how much is shown: 0, 1 or 2; Keras's "auto" is 1."""
    if verbose == "auto":
        return 1
    if not isinstance(verbose, int) or verbose not in (0, 1, 2):
        wanted = "0 (nothing), 1 (a progress bar) or 2 (a line per epoch)"
        raise ValueError(f"verbose: expected {wanted}; got {describe(verbose)}")
    return int(verbose)
