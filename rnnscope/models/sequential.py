"""The sequential model: layers one upon the other, with Keras's methods, and a trace of everything it computes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnscope.callbacks.callback import Callback, callbacks_of
from rnnscope.checks import describe, flag, no_others, number, positive_int
from rnnscope.engine.losses import config_of, from_config
from rnnscope.models.calls import Called
from rnnscope.models.compiled import Compiled, batch_size_of
from rnnscope.models.data import Batches, Data, feature_major, split_tail, time_major
from rnnscope.models.inputs import Input
from rnnscope.models.passes import States, size_of
from rnnscope.models.recorder import Recorder, empty_trace
from rnnscope.models.streams import Portions, is_stream
from rnnscope.models.training import (
    Plan,
    Source,
    Training,
    evaluate,
    of_samples,
    predictions,
    recorded_pass,
    run_pass,
    verbosity,
)
from rnnscope.trace.labels import Labels
from rnnscope.trace.record import Record, record_of
from rnnscope.trace.trace import Trace


class Sequential(Compiled):
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

    _trained_epochs = 0
    """So many epochs were trained until now."""

    @staticmethod
    def from_trace(trace: Trace, epoch: int = -1) -> Sequential:
        """Return the model of a trace with the weights that an epoch started from; it shares nothing with the trace.

        It is compiled with the loss of the trace, if that is known, and `"adam"`.

        Parameters
        ----------
        trace
            What was recorded, of layers one upon the other.
        epoch
            An epoch whose weights were kept; −1 for the last of them.

        Raises
        ------
        ValueError
            If the weights of that epoch were not kept, or the layers are wired otherwise.

        Examples
        --------
        >>> import rnnscope as rs
        >>> task = rs.tasks.counting()
        >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
        >>> model.compile(optimizer="adam", loss="mse")
        >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0, record=rs.Record(weights=True))
        >>> first = rs.Sequential.from_trace(trace, epoch=0)
        >>> bool((first.predict(task.x) == trace.predictions[0]).all())
        True
        """
        from rnnscope.models.rebuilding import layers_of

        weights = trace.snapshots[trace.snapshots.number(epoch)]
        made = Sequential([Input(trace.x.shape[1:]), *layers_of(trace)], dtype=str(trace.predictions.dtype))
        made.set_weights(weights)
        if trace.objective is not None:
            made.compile("adam", from_config(trace.objective))
        return made

    def fit(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        *,
        record: bool | Record = True,
        labels: Labels | None = None,
        **others: Any,
    ) -> Trace:
        """Train, and return the trace of what happened. A model that was trained goes on from there.

        Parameters
        ----------
        x, y
            Inputs (sample, time, feature) and targets (sample, output); targets of shape (sample,) serve one output.
            Or `x` alone: batches `(x, y)` or `(x, y, sample_weight)`, out of a generator, an object with `__len__` and
            `__getitem__` such as a `Sequence` of Keras, or anything that can be gone through anew each epoch.
        batch_size
            Samples per step, 32 by default; the last batch of an epoch may be smaller. The loss of an epoch is the mean
            over samples. Batches of one's own have their own size.
        epochs
            How many times all samples are passed; with `initial_epoch` the epoch before which training ends.
        verbose
            1 (`"auto"`): a progress bar; 2: a line per epoch; 0: nothing.
        callbacks
            What is called at epochs and batches: a list of `rs.callbacks`.
        validation_split
            Share of the samples, taken from the end, that is held out for `history["val_loss"]` and the metrics.
        validation_data
            What is held out: `(x, y)`, `(x, y, sample_weight)`, or batches as for `x`.
        shuffle
            Whether each epoch takes the samples in a new order (a single batch is never reordered). Of batches of one's
            own, it is the order of those with numbers.
        class_weight
            How much samples count in the loss, by their class: `{0: 1.0, 1: 5.0}`; others count 1.
        sample_weight
            How much samples count in the loss, (sample,), or their time steps, (sample, time) or (sample, 1).
        initial_epoch
            The number of the first epoch, for callbacks and in the trace. By default callbacks count from 0, and the
            trace from the number of epochs that the model was trained for.
        steps_per_epoch
            How many batches make an epoch; the next one goes on with those that are left.
        validation_steps, validation_batch_size
            The same for validation, and the size of its batches.
        validation_freq
            Validate after every so many epochs, or after those of a list, counted from 1.
        record
            True: record everything at every epoch; False: nothing; an `rs.Record` says what. Of batches of one's own
            the samples of the first one are recorded, or some of them; loss and gradients are those of its mean.
        labels
            Names of the time steps, of the classes of the output and of the samples, for pictures and sentences.
        **others
            Nothing.

        Returns
        -------
        Trace
            What was recorded, and `history`. Record of epoch e: a pass with the weights that e started from; with
            several batches an epoch it is a full pass of its own over the recorded samples. That of the next `fit`
            joins it: `trace_1 + trace_2`.

        Notes
        -----
        An interrupt ends training after the step that runs: the model keeps its weights, the trace its finished epochs.
        The first NaN or infinity ends it before the weights take it in, with a `TrainingStopped` warning that names
        epoch, time step, layer and quantity. `trace.stopped` says either.

        Threads may share a model. One that calls `fit` or `set_weights` while another trains waits for its end; one
        that calls `predict`, `evaluate` or `trace` gets the numbers of the weights as they are between two steps.
        """
        no_others(self.fit, others)
        epochs, initial = positive_int("epochs", epochs), positive_int("initial_epoch", initial_epoch, 0)
        if initial >= epochs:
            raise ValueError(f"initial_epoch: expected a number below epochs, {epochs}; got {initial}")
        wanted, shown, steps = record_of(record), verbosity(verbose), steps_per_epoch
        steps, validation_steps, held_size = (
            None if value is None else positive_int(argument, value)
            for argument, value in (
                ("steps_per_epoch", steps),
                ("validation_steps", validation_steps),
                ("validation_batch_size", validation_batch_size),
            )
        )
        self._check_compiled("fit")
        data = (x, y, sample_weight, class_weight)
        batches, first_data, held = self._training_data(data, batch_size, steps, shuffle, validation_split)
        named = self._labels(labels, first_data.x, 0 if held is None else len(held.y))
        if held is not None and validation_data is not None:
            split_tail(first_data, validation_split, validation_data)
        validation = self._validation(held or validation_data, held_size or batch_size, validation_steps)
        learner, first = self._learner(self._own()), initial or self._trained_epochs
        recorder, output = None, self._output(first_data.x)
        if wanted is not None:
            given = (learner.network, wanted, epochs - initial, first_data.x, first_data.y, output)
            recorder = Recorder(*given, own_pass=not batches.single, first=first)
        params = {"verbose": verbose, "epochs": epochs, "steps": batches.steps}
        calls = callbacks_of(callbacks, self, params)
        plan = Plan(epochs - initial, first, initial, validation, _validates(validation_freq), shown)
        self.stop_training = False
        if learner.parts == ():
            warnings.warn("fit: expected weights to train; got a model whose layers are all frozen", stacklevel=2)
        training = Training(learner, batches, self._rng, calls, lambda: self.stop_training)
        with learner.network.guard.training():
            try:
                training.run(plan, recorder)
            finally:
                self._trained_epochs = first + training.finished
        told = (training.history, training.measured, training.stopped)
        if recorder is None:
            trace = empty_trace(learner.network, first_data.x, first_data.y, output, *told, first)
            return self._told(trace, named.some(range(len(first_data.y))))
        trace = recorder.trace(training.finished, *told, training.steps)
        return self._told(trace, named.some(recorder.samples))

    def _told(self, trace: Trace, labels: Labels) -> Trace:
        """Return a trace that knows its labels, and what became smaller."""
        found = trace.with_labels(labels)
        found.objective = config_of(self._loss)
        return found

    def _training_data(
        self, data: tuple[Any, ...], batch_size: int | None, steps: int | None, shuffle: bool, split: float
    ) -> tuple[Source, Data, Data | None]:
        """Return the batches to train on, the data that may be recorded, and what of them is held out."""
        x, y, weights, class_weight = data
        self._check_compiled()
        shuffle, held = flag("shuffle", shuffle), None
        split = number("validation_split", split, 0, 1)
        if is_stream(x, y):
            if weights is not None:
                raise ValueError(
                    "sample_weight: expected batches (x, y, sample_weight) to bring it; got it beside them"
                )
            if split:
                raise ValueError(
                    "validation_split: expected arrays x and y; got batches. Give validation_data=(x, y), or batches"
                )
            source: Source = self._stream(x, class_weight, shuffle=shuffle)
            first = source.first
        else:
            first = self._data(x, y, weights, class_weight)
            if split:
                first, held = split_tail(first, split, None)
                if class_weight is not None:
                    held = Data(held.x, held.y)  # weights of classes are for training only
            source = Batches(first, batch_size_of(batch_size, len(first.y), steps), shuffle, self._rng)
        return source if steps is None else Portions(source, steps, "steps_per_epoch"), first, held

    def _validation(self, held: Any, batch_size: int | None, steps: int | None) -> Source | None:
        """Return the batches to validate on."""
        if held is None:
            return None
        if isinstance(held, Data):
            return Batches(held, batch_size_of(batch_size, len(held.y), None))
        if is_stream(held, None):
            return self._source(held, None, None, None, steps, "validation_steps")
        if not isinstance(held, tuple | list) or len(held) not in (2, 3):
            wanted = "a pair (x, y), (x, y, sample_weight), or batches of them"
            raise TypeError(f"validation_data: expected {wanted}; got {describe(held)}")
        return self._source(*held, *[None] * (3 - len(held)), batch_size, steps, "validation_steps")

    def train_on_batch(
        self, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Take one step with a batch, and return its loss before the step, or `[loss, metric, …]` if there are metrics.

        Parameters
        ----------
        x, y
            Inputs and targets.
        sample_weight, class_weight
            How much samples count, as in `fit`.
        return_dict
            Whether to return a dict by name.
        """
        data = self._data(x, y, sample_weight, class_weight)
        learner = self._learner(self._own())
        training = Training(learner, Batches(data, len(data.y)), self._rng)
        with learner.network.guard.training():
            training.run(Plan(1), None)
        logs = {name: values[-1] for name, values in training.history.items() if values}
        return _returned(logs or {"loss": np.nan}, return_dict)

    def test_on_batch(self, x: Any, y: Any, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Return the loss of a batch, or `[loss, metric, …]` if there are metrics; the parameters are as above."""
        return self.evaluate(x, y, self._samples(x), sample_weight=sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Return the output for every sample of a batch, as `predict` does."""
        return self.predict(x, self._samples(x))

    def _samples(self, x: Any) -> int:
        """Return the number of samples of a batch, which is a list of the inputs if there are several."""
        return len(x[0] if len(self._inputs) > 1 else x)

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
        self._check_for_more("trace")
        if y is None:
            loss, inputs, targets = None, self._inputs_of(x), None
        else:
            data = self._data(x, y)
            loss, inputs, targets = self._learner().loss, data.x, data.y
        wanted, named = record_of(record), self._labels(labels, inputs)
        if wanted is None:
            raise ValueError("record: expected True or an rs.Record; got False: a pass without a record is predict(x)")
        with self._built().reading() as network, np.errstate(all="ignore"):
            recorder = Recorder(network, wanted, 1, inputs, targets, self._output(inputs), own_pass=True)
            carried = network.starts(len(inputs[0]), strict=False)
            starts = of_samples({**carried, **self._starts(initial_state, len(inputs[0]))}, recorder.pass_samples)
            outcome = recorded_pass(network, recorder, loss, starts)
        trace = recorder.trace(1, {} if targets is None else {"loss": [outcome.loss]})
        trace.training["of_model"] = 1
        return self._told(trace, named.some(recorder.samples))

    def gradients(self, x: Any, y: Any) -> list[np.ndarray]:
        """Return the gradient of the loss by every weight array, in the order of `get_weights()`."""
        data, learner = self._data(x, y), self._learner()
        built, loss, targets = learner.network, learner.loss, data.y
        given = [feature_major(array) for array in data.x]
        size = size_of(given)
        with built.reading() as network, network.passes(size, gradients=True) as passes, np.errstate(all="ignore"):
            starts = network.starts(size[1], strict=False)
            run_pass(passes, loss, passes.tapes, given, time_major(targets), starts=starts)
            return [array.copy() for array in passes.gradient_arrays]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = 0,
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
        *,
        initial_state: Any = None,
        **others: Any,
    ) -> Any:
        """Return the output for every sample, or a list of outputs if the model has several.

        Parameters
        ----------
        x
            Inputs (sample, time, feature), or batches of them, as in `fit`.
        batch_size
            Samples per pass, 32 by default.
        verbose
            Taken for Keras's sake; a prediction shows no progress.
        steps
            How many batches.
        callbacks
            What is called at every batch.
        initial_state
            The states to begin with, (sample, unit) each: a list of those of the first recurrent layer, in the order
            of its cell (`[h, c]` for an LSTM), or a dict of such lists by the names of layers.
        **others
            Nothing.
        """
        no_others(self.predict, others)
        verbosity(verbose)
        steps = None if steps is None else positive_int("steps", steps)
        if is_stream(x, None):
            if initial_state is not None:
                raise ValueError("initial_state: expected inputs that are one array; got batches")
            source: Source = self._stream(x, targets=False, keep=steps is None)
            starts: States = {}
        else:
            inputs = self._inputs_of(x)
            source = Batches(Data(inputs), batch_size_of(batch_size, len(inputs[0]), steps))
            starts = self._starts(initial_state, len(inputs[0]))
        source = source if steps is None else Portions(source, steps, "steps")
        calls, found = callbacks_of(callbacks, self, {"steps": source.steps}), []
        calls.call("on_predict_begin")
        with self._built().reading() as network, np.errstate(all="ignore"):
            ends = self._ends_by_node(network.nodes)
            for step, (passes, *_) in enumerate(predictions(network, source, starts)):
                calls.call("on_predict_batch_begin", step)
                own = passes.put_out(passes.tapes, ends)
                found.append(own)
                calls.call("on_predict_batch_end", step, logs={"outputs": own if len(own) > 1 else own[0]})
        calls.call("on_predict_end")
        joined = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        return joined if len(joined) > 1 else joined[0]

    def __call__(self, x: Any, training: bool | None = None) -> Any:
        """Return the output for every sample: `predict(x)`."""
        if training:
            raise ValueError(
                "training: expected False, since fit trains; got True. Type model.fit(x, y), or train_on_batch(x, y)"
            )
        if isinstance(x, Input | Called):
            raise TypeError(f"x: expected arrays; got {describe(x)}. A model is no layer: call its layers one by one")
        return self.predict(x)

    def reset_states(self) -> None:
        """Let stateful layers begin anew."""
        self._built().carried = {}

    def evaluate(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = 0,
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
        return_dict: bool = False,
        **others: Any,
    ) -> Any:
        """Return the mean loss over samples, or `[loss, metric, …]` if the model was compiled with metrics.

        Parameters
        ----------
        x, y
            Inputs and targets, or batches as `x` alone, as in `fit`.
        batch_size
            Samples per pass, 32 by default.
        verbose
            Taken for Keras's sake; it shows no progress.
        sample_weight
            How much samples count, as in `fit`.
        steps
            How many batches.
        callbacks
            What is called at every batch.
        return_dict
            Whether to return a dict by name.
        **others
            Nothing.
        """
        no_others(self.evaluate, others)
        verbosity(verbose)
        self._check_compiled()
        source = self._source(x, y, sample_weight, batch_size, steps)
        calls, learner = callbacks_of(callbacks, self, {"steps": source.steps}), self._learner()
        with learner.network.reading() as network, np.errstate(all="ignore"):
            logs = evaluate(replace(learner, network=network), source, calls)
        return _returned(logs, flag("return_dict", return_dict))


def _returned(logs: dict[str, float], as_dict: bool) -> Any:
    """Return loss and metrics as Keras does: by name, in a list, or the loss alone."""
    if as_dict:
        return logs
    return list(logs.values()) if len(logs) > 1 else logs["loss"]


def _validates(frequency: Any) -> Callable[[int], bool]:
    """Return what says whether validation follows an epoch: every so many, or those of a list, counted from 1."""
    if isinstance(frequency, list | tuple):
        chosen = {positive_int("validation_freq", epoch) for epoch in frequency}
        return lambda epoch: epoch + 1 in chosen
    every = positive_int("validation_freq", frequency)
    return lambda epoch: (epoch + 1) % every == 0
