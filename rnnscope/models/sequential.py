"""The sequential model: layers one upon the other, with Keras's methods, and a trace of everything it computes."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from rnnscope.checks import describe, flag, no_others, number, positive_int
from rnnscope.engine.losses import Loss
from rnnscope.engine.losses import loss as loss_of
from rnnscope.engine.optimizers import Optimizer
from rnnscope.engine.optimizers import optimizer as optimizer_of
from rnnscope.models.data import Batches, as_input, as_target, feature_major, split_tail, time_major
from rnnscope.models.network import Network
from rnnscope.models.passes import Outcome
from rnnscope.models.recorder import Recorder, empty_trace
from rnnscope.models.stack import Stack
from rnnscope.models.training import Training, evaluate, predictions, run_pass, verbosity
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
        epochs, verbose = positive_int("epochs", epochs), verbosity(verbose)
        batch_size = positive_int("batch_size", batch_size)
        wanted = record_of(record)
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
        return recorder.trace(training.finished, training.history, training.stopped, batches.steps)

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
            loss = None
            inputs, targets = as_input("x", x, self._shape, self.dtype), None
        else:
            loss = self._compiled()[1]
            inputs, targets = self._data(x, y)
        wanted = record_of(record)
        if wanted is None:
            raise ValueError("record: expected True or an rs.Record; got False: a pass without a record is predict(x)")
        with self._built().reading() as network, np.errstate(all="ignore"):
            recorder = Recorder(network, wanted, 1, inputs, targets, self._output(inputs), own_pass=True)
            outcome = self._recorded(network, recorder, loss)
        return recorder.trace(1, {} if targets is None else {"loss": [outcome.loss]})

    def _recorded(self, network: Network, recorder: Recorder, loss: Loss | None) -> Outcome:
        """Run one pass over the recorded samples, and keep it."""
        tapes, chosen, y = recorder.tapes(0), recorder.pass_samples, recorder.y
        given = feature_major(recorder.x[chosen])
        with network.passes(recorder.x.shape[1], len(chosen), gradients=y is not None) as passes:
            if y is None:
                outcome = Outcome(passes.forward(tapes, given))
            else:
                share = len(chosen) / len(recorder.x)
                outcome = run_pass(passes, loss, tapes, given, time_major(y[chosen]), share)
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
        built, _ = self._built(), verbosity(verbose)
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
