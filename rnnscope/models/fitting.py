"""Training of a model as Keras trains: `fit`, one epoch at a time, or one batch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnscope.callbacks.callback import Callback, callbacks_of
from rnnscope.checks import describe, flag, no_others, number, positive_int
from rnnscope.engine.losses import config_of
from rnnscope.engine.optimizers import Optimizer
from rnnscope.models.compiled import Compiled, batch_size_of
from rnnscope.models.data import Batches, Data, split_tail
from rnnscope.models.passes import States
from rnnscope.models.recorder import Recorder
from rnnscope.models.steps import Steps
from rnnscope.models.streams import Portions, is_stream
from rnnscope.models.training import Plan, Source, Training, of_samples, recorded_pass, verbosity
from rnnscope.trace.labels import Labels
from rnnscope.trace.record import Record, record_of
from rnnscope.trace.trace import Trace
from rnnscope.warned import warn


class Fitting(Compiled):
    """A model that can be trained."""

    trained_epochs = 0
    """So many epochs were trained until now."""

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
        return self._steps(
            x,
            y,
            batch_size,
            epochs,
            verbose,
            callbacks,
            validation_split,
            validation_data,
            shuffle,
            class_weight,
            sample_weight,
            initial_epoch,
            steps_per_epoch,
            validation_steps,
            validation_batch_size,
            validation_freq,
            record=record,
            labels=labels,
        ).drain()

    def train_steps(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = 0,
        **options: Any,
    ) -> Steps:
        """Train one epoch after the other, in a loop that may look at the model and change how it learns.

        `fit` goes through the same epochs, with the same numbers. Leave the loop at any time: the model keeps its
        weights. An interrupt while an epoch runs ends the training after its step, and so the loop.

        Parameters
        ----------
        x, y, batch_size, epochs, verbose
            As in `fit`; by default nothing is shown.
        **options
            The other arguments of `fit`.

        Returns
        -------
        Steps
            What to go through: each epoch has `number`, `loss`, `logs`, the `trace` until then, and `change`.

        Examples
        --------
        >>> import rnnscope as rs
        >>> task = rs.tasks.counting()
        >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
        >>> model.compile("adam", "mse")
        >>> for epoch in model.train_steps(task.x, task.y, epochs=100):
        ...     if epoch.loss < 44:
        ...         break
        >>> len(epoch.trace.epochs) == epoch.number + 1 < 100
        True
        """
        asked = inspect.signature(self.fit).bind(x, y, batch_size, epochs, verbose, **options)
        asked.apply_defaults()
        no_others(self.fit, asked.kwargs.pop("others", asked.arguments.pop("others", {})))
        return self._steps(*asked.args, **asked.kwargs)

    def _steps(
        self,
        x: Any,
        y: Any,
        batch_size: int | None,
        epochs: int,
        verbose: int | str,
        callbacks: Sequence[Callback] | None,
        validation_split: float,
        validation_data: Any,
        shuffle: bool,
        class_weight: dict[int, float] | None,
        sample_weight: Any,
        initial_epoch: int,
        steps_per_epoch: int | None,
        validation_steps: int | None,
        validation_batch_size: int | None,
        validation_freq: int | Sequence[int],
        *,
        record: bool | Record,
        labels: Labels | None,
    ) -> Steps:
        """Return what goes through the epochs of a training; the arguments are those of `fit`."""
        self._check_at_rest("fit")
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
        learner, first = self._learner(self._own()), initial or self.trained_epochs
        recorder = None
        if wanted is not None:
            output = self._output(first_data.x)
            given = (learner.network, wanted, epochs - initial, first_data.x, first_data.y, output)
            recorder = Recorder(*given, own_pass=not batches.single, first=first)
        params = {"verbose": verbose, "epochs": epochs, "steps": batches.steps}
        calls = callbacks_of(callbacks, self, params)
        plan = Plan(epochs - initial, first, initial, validation, _validates(validation_freq), shown)
        self.stop_training = False
        if learner.parts == ():
            warn("fit: expected weights to train; got a model whose layers are all frozen")
        training = Training(learner, batches, self._rng, calls, lambda: self.stop_training)
        return Steps(self, training, plan, recorder, first_data, named)

    def take_over(self, saved: Fitting) -> None:
        """Become as a copy of this model is: weights, optimizer, states that go on, and what is drawn next."""
        self.set_weights(saved.get_weights())
        self._optimizer, self.trained_epochs = saved._optimizer, saved.trained_epochs
        self._rng.bit_generator.state = saved._rng.bit_generator.state
        self._built().carried = saved._built().carried

    def learns_by(self, optimizer: Optimizer) -> None:
        """Take another optimizer, and what else it was compiled with stays."""
        self._optimizer = optimizer

    def _recorded(
        self, data: Data, record: Record, labels: Labels, *, starts: States | None = None, first: int = 0
    ) -> Trace:
        """Return the record of one pass without training, as epoch `first`."""
        loss = None if data.y is None else self._learner().loss
        with self._built().reading() as network, np.errstate(all="ignore"):
            recorder = Recorder(network, record, 1, data.x, data.y, self._output(data.x), own_pass=True, first=first)
            begins = {**network.starts(len(data.x[0]), strict=False), **(starts or {})}
            outcome = recorded_pass(network, recorder, loss, of_samples(begins, recorder.pass_samples))
        trace = recorder.trace(1, {} if data.y is None else {"loss": [outcome.loss]})
        return self._told(trace, labels.some(recorder.samples))

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
        self._check_at_rest("train_on_batch")
        data = self._data(x, y, sample_weight, class_weight)
        learner = self._learner(self._own())
        training = Training(learner, Batches(data, len(data.y)), self._rng)
        with learner.network.guard.training():
            training.run(Plan(1), None)
        logs = {name: values[-1] for name, values in training.history.items() if values}
        return returned(logs or {"loss": np.nan}, return_dict)


def returned(logs: dict[str, float], as_dict: bool) -> Any:
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
