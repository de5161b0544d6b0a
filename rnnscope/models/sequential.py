"""The sequential model: layers one upon the other, with Keras's methods, and a trace of everything it computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnscope.callbacks.callback import Callback, callbacks_of
from rnnscope.checks import describe, flag, no_others, positive_int
from rnnscope.engine.losses import from_config
from rnnscope.models.calls import Called
from rnnscope.models.compiled import batch_size_of
from rnnscope.models.data import Batches, Data, feature_major, time_major
from rnnscope.models.fitting import Fitting, returned
from rnnscope.models.inputs import Input
from rnnscope.models.passes import States, size_of
from rnnscope.models.streams import Portions, is_stream
from rnnscope.models.training import (
    Source,
    evaluate,
    predictions,
    run_pass,
    verbosity,
)
from rnnscope.trace.labels import Labels
from rnnscope.trace.record import Record, record_of
from rnnscope.trace.trace import Trace


class Sequential(Fitting):
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
        data = Data(self._inputs_of(x)) if y is None else self._data(x, y)
        wanted, named = record_of(record), self._labels(labels, data.x)
        if wanted is None:
            raise ValueError("record: expected True or an rs.Record; got False: a pass without a record is predict(x)")
        found = self._recorded(data, wanted, named, starts=self._starts(initial_state, len(data.x[0])))
        found.training["of_model"] = 1
        return found

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
        return returned(logs, flag("return_dict", return_dict))
