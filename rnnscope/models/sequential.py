"""The sequential model: layers one upon the other, with Keras's methods, and a trace of everything it computes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnscope.checks import describe, flag, no_others, number, one_of, positive_int
from rnnscope.engine.losses import Loss
from rnnscope.engine.losses import loss as loss_of
from rnnscope.engine.optimizers import Optimizer
from rnnscope.engine.optimizers import optimizer as optimizer_of
from rnnscope.models.data import Batches, as_inputs, as_numbers, as_target, feature_major, split_tail, time_major
from rnnscope.models.network import Network
from rnnscope.models.nodes import shapes_read
from rnnscope.models.passes import Outcome, States, size_of
from rnnscope.models.recorder import Recorder, empty_trace
from rnnscope.models.recurrent import Recurrent
from rnnscope.models.stack import Stack
from rnnscope.models.training import Training, evaluate, of_samples, predictions, run_pass, verbosity
from rnnscope.trace.labels import Labels, labels_of
from rnnscope.trace.record import Record, record_of
from rnnscope.trace.trace import Trace


class Sequential(Stack):
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

    _loss: Loss | None = None
    _optimizer: Optimizer | None = None

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
        labels: Labels | None = None,
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
        labels
            Names of the time steps, of the classes of the output and of the samples, for pictures and sentences.
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
        self._see_data(x)
        network, loss, optimizer = self._compiled()
        epochs, verbose = positive_int("epochs", epochs), verbosity(verbose)
        batch_size = positive_int("batch_size", batch_size)
        wanted = record_of(record)
        inputs, targets = self._data(x, y)
        named = self._labels(labels, inputs)
        held = None if validation_data is None else self._validation(validation_data)
        if number("validation_split", validation_split, 0, 1):
            inputs, targets, held = split_tail(inputs, targets, validation_split, held)
        batches = Batches(inputs, targets, batch_size, flag("shuffle", shuffle), self._rng)
        validation = None if held is None else Batches(*held, batch_size)
        recorder, output = None, self._output(inputs)
        if wanted is not None:
            recorder = Recorder(network, wanted, epochs, inputs, targets, output, own_pass=not batches.single)
        training = Training(network, loss, optimizer, batches, self._rng)
        with network.guard.training():
            training.run(epochs, recorder, validation, verbose)
        if recorder is None:
            trace = empty_trace(network, inputs, targets, output, training.history, training.stopped)
            return trace.with_labels(named.some(range(len(inputs[0]))))
        trace = recorder.trace(training.finished, training.history, training.stopped, batches.steps)
        return trace.with_labels(named.some(recorder.samples))

    def trace(
        self,
        x: Any,
        y: Any = None,
        *,
        record: bool | Record = True,
        initial_state: Any = None,
        labels: Labels | None = None,
    ) -> Trace:
        """Return the record of one pass without training.

        Parameters
        ----------
        x
            Inputs (sample, time, feature).
        y
            Targets; with them the trace has the loss and all gradients.
        record
            What to record, as in `fit`.
        initial_state
            States to begin with, as in `predict`.
        labels
            Names of the time steps, of the classes of the output and of the samples.
        """
        self._see_data(x)
        self._built()
        if y is None:
            loss, inputs, targets = None, self._inputs_of(x), None
        else:
            loss = self._compiled()[1]
            inputs, targets = self._data(x, y)
        wanted, named = record_of(record), self._labels(labels, inputs)
        if wanted is None:
            raise ValueError("record: expected True or an rs.Record; got False: a pass without a record is predict(x)")
        with self._built().reading() as network, np.errstate(all="ignore"):
            recorder = Recorder(network, wanted, 1, inputs, targets, self._output(inputs), own_pass=True)
            carried = network.starts(len(inputs[0]), strict=False)
            starts = of_samples({**carried, **self._starts(initial_state, len(inputs[0]))}, recorder.pass_samples)
            outcome = self._recorded(network, recorder, loss, starts)
        trace = recorder.trace(1, {} if targets is None else {"loss": [outcome.loss]})
        return trace.with_labels(named.some(recorder.samples))

    def _recorded(self, network: Network, recorder: Recorder, loss: Loss | None, starts: States) -> Outcome:
        """Run one pass over the recorded samples, and keep it."""
        tapes, chosen, y = recorder.tapes(0), recorder.pass_samples, recorder.y
        given = [feature_major(x[chosen]) for x in recorder.x]
        with network.passes(size_of(given), gradients=y is not None) as passes:
            if y is None:
                prediction = passes.forward(tapes, given, starts=starts)
                outcome = Outcome(prediction, mask=passes.output_mask)
            else:
                share = len(chosen) / len(recorder.x[0])
                outcome = run_pass(passes, loss, tapes, given, time_major(y[chosen]), share, starts=starts)
            recorder.keep(0, tapes, outcome, passes.masks)
            passes.release()
        return outcome

    def gradients(self, x: Any, y: Any) -> list[np.ndarray]:
        """Return the gradient of the loss by every weight array, in the order of `get_weights()`."""
        self._see_data(x)
        built, loss, _ = self._compiled()
        inputs, targets = self._data(x, y)
        given = [feature_major(array) for array in inputs]
        size = size_of(given)
        with built.reading() as network, network.passes(size, gradients=True) as passes, np.errstate(all="ignore"):
            starts = network.starts(size[1], strict=False)
            run_pass(passes, loss, passes.tapes, given, time_major(targets), starts=starts)
            return [array.copy() for array in passes.gradient_arrays]

    def predict(self, x: Any, batch_size: int = 32, verbose: int = 0, *, initial_state: Any = None) -> np.ndarray:
        """Return the output for every sample.

        Parameters
        ----------
        x
            Inputs (sample, time, feature).
        batch_size
            Samples per pass.
        verbose
            Taken for Keras's sake; a prediction shows no progress.
        initial_state
            The states to begin with, (sample, unit) each: a list of those of the first recurrent layer, in the order
            of its cell (`[h, c]` for an LSTM), or a dict of such lists by the names of layers.
        """
        self._see_data(x)
        built, _ = self._built(), verbosity(verbose)
        inputs = self._inputs_of(x)
        batches = Batches(inputs, None, positive_int("batch_size", batch_size))
        starts = self._starts(initial_state, len(inputs[0]))
        with built.reading() as network, np.errstate(all="ignore"):
            return np.concatenate([time_major(p).copy() for _, p, _ in predictions(network, batches, starts)])

    def __call__(self, x: Any) -> np.ndarray:
        """Return the output for every sample: `predict(x)`."""
        return self.predict(x)

    def reset_states(self) -> None:
        """Let stateful layers begin anew."""
        self._built().carried = {}

    def evaluate(self, x: Any, y: Any, batch_size: int = 32, verbose: int = 0) -> float:
        """Return the mean loss over samples; the parameters are those of `predict`."""
        self._see_data(x)
        built, loss, _ = self._compiled()
        verbosity(verbose)
        inputs, targets = self._data(x, y)
        batches = Batches(inputs, targets, positive_int("batch_size", batch_size))
        with built.reading() as network, np.errstate(all="ignore"):
            return evaluate(network, loss, batches)

    def __getstate__(self) -> dict[str, Any]:
        network, optimizer = self._network, self._optimizer
        if network is None or optimizer is None:
            return super().__getstate__()
        with network.guard.between_steps:  # weights and averages of the same step
            optimizer.check_owner(network.weights)
            return {**super().__getstate__(), "_optimizer": copy.copy(optimizer)}

    def _compiled(self) -> tuple[Network, Loss, Optimizer]:
        network = self._built()
        if self._loss is None or self._optimizer is None:
            raise ValueError(
                "Sequential: expected model.compile(optimizer=..., loss=...) first; got an uncompiled model"
            )
        return network, self._loss.behind(network.head), self._optimizer

    def _output(self, inputs: Sequence[np.ndarray]) -> tuple[int, ...]:
        """Return the shape of the output for these inputs."""
        given = [x.shape[1:] for x in inputs]
        shape = self._layers[-1].output_shape(shapes_read(self._built().nodes, given)[-1])
        return (len(inputs[0]), *shape)

    def _labels(self, labels: Labels | None, inputs: Sequence[np.ndarray]) -> Labels:
        """Return the labels of the first input, if there are as many as are needed."""
        return labels_of(labels).check(*inputs[0].shape[:2], self._output(inputs)[-1])

    def _see_data(self, x: Any) -> None:
        """Take the shape of the input from data, if no layer said it."""
        if not self._inputs and self._layers:
            shape = np.shape(x)
            if len(shape) not in (2, 3):
                raise ValueError(f"x: expected axes (sample, time, feature) or (sample, feature); got shape {shape}")
            self._see([(None, shape[2]) if len(shape) == 3 else shape[1:]])

    def _inputs_of(self, x: Any, name: str = "x") -> tuple[np.ndarray, ...]:
        """Return the inputs as the model takes them, (sample, …) each."""
        reading = [(wire.reads, layer) for wire, layer in zip(self._wires, self._layers, strict=True)]
        tokens = {k: layer.input_dim for k, layer in reading if layer.reads_tokens}
        limits = [tokens.get(-1 - k) for k in range(len(self._inputs))]
        return as_inputs(name, x, self._inputs, limits, self.dtype)

    def _data(self, x: Any, y: Any, names: tuple[str, str] = ("x", "y")) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        inputs = self._inputs_of(x, names[0])
        targets = as_target(names[1], y, len(inputs[0]), self.dtype)
        return inputs, self._loss.check(targets, self._output(inputs), names[1])

    def _starts(self, initial_state: Any, samples: int) -> States:
        """Return the states that were given to begin with, by the number of their node."""
        if initial_state is None:
            return {}
        nodes = {node.name: k for k, node in enumerate(self._built().nodes) if isinstance(node.layer, Recurrent)}
        if not nodes:
            raise ValueError("initial_state: expected a model with a recurrent layer; got one without")
        given = initial_state if isinstance(initial_state, Mapping) else {next(iter(nodes)): initial_state}
        found: States = {}
        for name, states in given.items():
            layer = self._network.nodes[nodes[one_of("initial_state: layer", name, nodes)]].layer
            arrays = list(states) if isinstance(states, list | tuple) else [states]
            if len(arrays) != len(layer.states):
                wanted = f"{len(layer.states)} states ({', '.join(layer.states)}) of layer {name!r}"
                raise ValueError(f"initial_state: expected {wanted}; got {len(arrays)}")
            own = found[nodes[name]] = {}
            for state, array in zip(layer.states, arrays, strict=True):
                value = as_numbers(f"initial_state: {state} of layer {name!r}", array, self.dtype)
                if value.shape != (samples, layer.units):
                    wanted = f"shape {(samples, layer.units)} (sample, unit)"
                    raise ValueError(f"initial_state: {state} of layer {name!r}: expected {wanted}; got {value.shape}")
                own[state] = np.ascontiguousarray(value.T)
        return found

    def _validation(self, data: tuple[Any, Any]) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        if not isinstance(data, tuple | list) or len(data) != 2:
            raise TypeError(f"validation_data: expected a pair (x, y); got {describe(data)}")
        return self._data(*data, names=("validation_data x", "validation_data y"))
