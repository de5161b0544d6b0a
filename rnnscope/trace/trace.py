"""A trace: everything that was recorded of a training run, or of one pass."""

from __future__ import annotations

import copy
import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from rnnscope.checks import one_of, positive_int
from rnnscope.habits import refuse_attribute
from rnnscope.languages import tr
from rnnscope.trace.labels import PARTS, Labels, labels_of
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.parts import architecture
from rnnscope.trace.record import evenly_spaced, size
from rnnscope.trace.saving import save_trace
from rnnscope.trace.snapshots import NO_WEIGHTS, WeightSnapshots
from rnnscope.words import padded, width_of

if TYPE_CHECKING:
    import pandas
    import xarray


class Trace:
    """Everything that was recorded; `trace["lstm"]["f"]` is on (epoch, sample, time, unit).

    Attributes
    ----------
    layers
        Names of the layers, from the input up.
    epochs
        Numbers of the recorded epochs. The record of an epoch is of a pass with the weights that it started from.
    loss
        Loss of each recorded pass over the recorded samples, (epoch,); None if there were no targets.
    predictions
        Output of each recorded pass, (epoch, sample, …).
    prediction_gradients
        dloss/d(prediction), shaped as `predictions`; None without gradients.
    x, y
        Inputs (sample, time, feature), or token numbers (sample, time), and targets (sample, …), of the recorded
        samples.
    inputs
        All inputs of a model of several; the first is `x`.
    mask
        Which time steps of the predictions count, (sample, time); None if all do.
    history
        Per epoch of training, recorded or not: `loss`, the metrics, and `val_loss` and so on if there was validation
        data. The epochs of an entry are those of `curve(name)`.
    measured
        The epochs of entries of `history` that are not of every epoch, by name.
    stopped
        Why training ended early, or None.
    training
        The number of `samples` over which the loss is the mean, recorded or not, and how many `steps` of the optimizer
        an epoch took; what is not known is missing. `first_epoch` is that with which the training began; `of_model` is
        1 of a pass of a model as it is.
    labels
        Names of the time steps, the classes and the samples, and the units of the data, as far as they are known.
    objective
        What became smaller: `class_name` and `config` of the loss, as Keras writes them; None if it is not known.
    interventions
        What was changed by hand, in words, such as `f of layer 'lstm' is held at 0`; see `rs.what_if`.
    marks
        What was changed while it was trained: the number of the first epoch with it, and words, such as
        `(50, "learning rate 0.01")`; see `model.train_steps`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile(optimizer="adam", loss="mse")
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> trace["lstm"]["f"].shape
    (3, 6, 4, 4)
    """

    def __init__(
        self,
        layers: Sequence[LayerTrace],
        epochs: np.ndarray,
        predictions: np.ndarray,
        x: np.ndarray | Sequence[np.ndarray],
        *,
        mask: np.ndarray | None = None,
        loss: np.ndarray | None = None,
        prediction_gradients: np.ndarray | None = None,
        y: np.ndarray | None = None,
        history: Mapping[str, Sequence[float]] | None = None,
        measured: Mapping[str, Sequence[int]] | None = None,
        weights: WeightSnapshots | None = None,
        stopped: str | None = None,
        training: Mapping[str, int] | None = None,
        labels: Labels | None = None,
        objective: Mapping[str, Any] | None = None,
        interventions: Sequence[str] = (),
        marks: Sequence[tuple[int, str]] = (),
    ) -> None:
        self.objective, self.interventions = objective, tuple(interventions)
        self.marks = tuple((int(epoch), words) for epoch, words in marks)
        self.epochs, self.predictions, self.loss = epochs, predictions, loss
        self.inputs = (x,) if isinstance(x, np.ndarray) else tuple(x)
        self.y, self.mask, self.stopped = y, mask, stopped
        self.prediction_gradients = prediction_gradients
        self.history = {key: list(values) for key, values in (history or {}).items()}
        self.measured = {key: list(epochs) for key, epochs in (measured or {}).items()}
        self.training = dict(training or {})
        self.labels = labels_of(labels).check(len(self.x), self.x.shape[1], predictions.shape[-1])
        self.snapshots = NO_WEIGHTS if weights is None else weights
        self._stack(layers)

    @property
    def x(self) -> np.ndarray:
        """The input, the first if there are several."""
        return self.inputs[0]

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, from the input up."""
        return tuple(self._layers)

    @property
    def recurrent_layers(self) -> tuple[LayerTrace, ...]:
        """The layers of recurrent cells, from the input up."""
        return tuple(layer for layer in self._layers.values() if layer.is_recurrent)

    @property
    def architecture(self) -> str:
        """Kind and units of its layers, such as `LSTM(300) + Dense(1)`."""
        return " + ".join(architecture(self))

    @property
    def nbytes(self) -> int:
        """Bytes of all recorded arrays."""
        arrays = [array for layer in self._layers.values() for array in layer.arrays.values()]
        own = [self.predictions, self.snapshots.flat, self.prediction_gradients]
        return sum(array.nbytes for array in (*arrays, *own) if array is not None)

    @property
    def first_epoch(self) -> int:
        """The number of the epoch with which the training began."""
        return self.training.get("first_epoch", 0)

    @property
    def is_of_model(self) -> bool:
        """Whether it is a pass of a model as it is, and of no epoch of a training."""
        return bool(self.training.get("of_model"))

    @property
    def epoch(self) -> list[int]:
        """The numbers of all epochs of the training, recorded or not."""
        return list(range(self.first_epoch, self.first_epoch + len(self.history.get("loss", ()))))

    @cached_property
    def token_names(self) -> dict[str, list[str]]:
        """What the rows of each embedding are called, by its name: the label that a token always has, or its number."""
        from rnnscope.trace.naming import token_names

        return {layer.name: token_names(self, layer) for layer in self._layers.values() if layer.is_table}

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of the epochs, and the values, of an entry of `history`; both empty if there is none."""
        values = np.asarray(self.history.get(name, ()), float)
        epochs = self.measured.get(name)
        return self.first_epoch + np.arange(len(values)) if epochs is None else np.asarray(epochs, int), values

    def __add__(self, other: Trace) -> Trace:
        """Return the trace of a training and the one with which it went on, as one; both stay as they are.

        Raises
        ------
        ValueError
            If they are not of the same layers and samples, recorded alike, or if the other does not go on where this
            one ended.
        """
        if not isinstance(other, Trace):
            return NotImplemented
        from rnnscope.trace.joining import joined

        return joined(self, other)

    def weights(self, epoch: int) -> list[np.ndarray]:
        """Return the weights that an epoch started from, in the order and shapes of `model.get_weights()`.

        Raises
        ------
        ValueError
            If the weights of that epoch were not kept; it lists the epochs that have them.
        """
        return [array.copy() for array in self.snapshots[epoch]]

    def thin(self, most: int) -> Trace:
        """Return a trace of at most `most` evenly spaced epochs, the first and the last among them.

        Of the weights, those of the last snapshot stay.
        """
        s = self.snapshots
        last = WeightSnapshots(s.shapes, s.epochs[-1:], s.flat[-1:])
        return self._of_epochs(evenly_spaced(len(self.epochs), positive_int("most", most)), last)

    def alone(self, place: int) -> Trace:
        """Return a trace of the recorded epoch at a place, which shares its arrays with this one."""
        return self._of_epochs(slice(place, place + 1), self.snapshots)

    def _of_epochs(self, keep: np.ndarray | slice, weights: WeightSnapshots) -> Trace:
        """Return a trace of some of the recorded epochs."""
        layers = []
        for layer in self._layers.values():
            layers.append(replace(layer, arrays={key: array[keep] for key, array in layer.arrays.items()}))
        return Trace(
            layers,
            self.epochs[keep],
            self.predictions[keep],
            self.inputs,
            mask=self.mask,
            loss=None if self.loss is None else self.loss[keep],
            prediction_gradients=None if self.prediction_gradients is None else self.prediction_gradients[keep],
            y=self.y,
            history=self.history,
            measured=self.measured,
            weights=weights,
            stopped=self.stopped,
            training=self.training,
            labels=self.labels,
            objective=self.objective,
            interventions=self.interventions,
            marks=self.marks,
        )

    def with_labels(self, labels: Labels | None) -> Trace:
        """Return the same trace with other labels, or with none.

        Parameters
        ----------
        labels
            Names of the time steps, the classes of the output and the samples, and the units of the data.

        Raises
        ------
        ValueError
            If there are more or fewer names than time steps, outputs or samples.

        Examples
        --------
        >>> import rnnscope as rs
        >>> task = rs.tasks.counting()
        >>> trace = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1))]).trace(task.x)
        >>> trace.with_labels(rs.Labels(time=["a", "b", "c", "d"])).labels.time
        ('a', 'b', 'c', 'd')
        """
        found = copy.copy(self)
        vars(found).pop("token_names", None)  # they follow from the labels
        found.labels = labels_of(labels).check(len(self.x), self.x.shape[1], self.predictions.shape[-1])
        return found

    def save(self, path: str | PathLike[str], *, compress: bool = False) -> None:
        """Write the trace to an `.npz` file, first beside it and then in its place, so that no half file is left.

        Parameters
        ----------
        path
            Name of the file, ending in `.npz`.
        compress
            Whether to compress it: smaller by a tenth or so, and much slower.
        """
        save_trace(self, path, compress=compress)

    def to_xarray(self) -> xarray.DataTree:
        """Return the trace as a tree of labelled arrays (needs `pip install "rnnscope[xarray]"`).

        Returns
        -------
        xarray.DataTree
            At the top `x`, `y`, `loss`, `predictions`; below it a dataset per layer: `tree["lstm"]["f"]` is on
            (epoch, sample, time, unit), and beside it are `pre_f`, `prev_c`, `grad_f` and `grad_pre_f`. Labels of the
            trace are the coordinates `time_label`, `sample_label` and `class_label`.
        """
        from rnnscope.interop.xarray import to_xarray

        return to_xarray(self)

    def to_pandas(self, layer: str, quantity: str) -> pandas.DataFrame:
        """Return a quantity of a layer as a table (needs `pip install "rnnscope[pandas]"`).

        Parameters
        ----------
        layer
            Name of a layer.
        quantity
            Name of a quantity, such as `"f"`; `"pre_f"` is its pre-activation, `"grad_f"` its gradient.

        Returns
        -------
        pandas.DataFrame
            A row per epoch, sample and time step, with the labels of the trace beside them, and a column per unit.
        """
        from rnnscope.interop.pandas import to_pandas

        return to_pandas(self, layer, quantity)

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, "trace", name)

    def __getitem__(self, name: str) -> LayerTrace:
        return self._layers[one_of("layer", name, self._layers)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __contains__(self, name: object) -> bool:
        return name in self._layers

    def __repr__(self) -> str:
        facts = self._facts()
        wide = max(22, 2 + max(width_of(name) for name, _ in facts))
        lines = [f"{padded(name, wide)}{value}" for name, value in facts]
        return "\n".join([f"<rnnscope.Trace, {size(self.nbytes)}>", *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for name, value in self._facts()
        )
        return f"<table><caption>{html.escape(tr('Trace, {size}', size=size(self.nbytes)))}</caption>{rows}</table>"

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what layers share with the trace and with one another."""
        alone = [replace(layer, x=None, snapshots=None) for layer in self._layers.values()]
        return {**self.__dict__, "_layers": alone}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._stack(state["_layers"])

    def _stack(self, layers: Iterable[LayerTrace]) -> None:
        """Take recordings of layers, each with what it read and its weights."""
        inputs = [np.broadcast_to(x, (len(self.epochs), *x.shape)) for x in self.inputs]
        self._layers = {layer.name: layer for layer in _stacked(layers, inputs, self.snapshots)}

    def _facts(self) -> list[tuple[str, str]]:
        """Return what the trace holds, as lines of a table."""
        epochs = f"{len(self.epochs)}"
        if len(self.epochs):
            ends = {"first": self.epochs[0], "last": self.epochs[-1]}
            epochs = tr("{count} ({first} to {last})", count=len(self.epochs), **ends)
        facts = [(tr("epochs"), epochs), ("x", tr("{shape} (sample, time, feature)", shape=self.x.shape))]
        if (samples := self.training.get("samples", 0)) > len(self.x):
            facts.append((tr("samples"), tr("{count} of {all} were recorded", count=len(self.x), all=samples)))
        losses = self.history.get("loss", self.loss)
        if losses is not None and len(losses):
            facts.append((tr("loss"), f"{losses[0]:.4g} -> {losses[-1]:.4g}"))
        facts += [(f"{layer.name} ({layer.kind})", _held(layer)) for layer in self._layers.values()]
        kept = {"count": len(self.snapshots), "all": len(self.epochs)}
        weights = tr("at {count} of {all} epochs", **kept) if len(self.snapshots) else tr("not kept")
        facts.append((tr("weights"), weights))
        names = [part for part in PARTS if getattr(self.labels, part) is not None]
        facts += [(tr("labels"), ", ".join(names))] if names else []
        return facts + ([(tr("stopped"), tr(self.stopped))] if self.stopped else [])


def _held(layer: LayerTrace) -> str:
    """Return what a trace holds of a layer."""
    parts = {"quantities": ", ".join(layer.quantities), "count": layer.units}
    if len(layer.grad):
        return tr("{quantities}: {count} units with gradients", **parts)
    return tr("{quantities}: {count} units", **parts)


def _stacked(
    layers: Iterable[LayerTrace], inputs: Sequence[np.ndarray], weights: WeightSnapshots
) -> Iterator[LayerTrace]:
    """Return the recordings of layers, each with what it read and its weights."""
    put_out: list[np.ndarray | None] = []
    for k, layer in enumerate(layers):
        reads = layer.reads or (k - 1,)
        below = [put_out[n] if n >= 0 else inputs[-1 - n] for n in reads]
        x = below[0] if len(below) == 1 else None
        backwards = layer.options.get("go_backwards", False) and not layer.is_turned
        read = x[:, :, ::-1] if backwards and x is not None else x
        if read is not None and layer.is_recurrent and "x" in layer.dropout:
            read = read * layer.dropout["x"][:, :, None]
        yield replace(layer, reads=reads, x=read, snapshots=weights.of_layer(layer.name))
        output = layer.values[layer.output] if layer.output in layer else None
        if output is not None and layer.is_recurrent and not layer.options["return_sequences"]:
            output = output[:, :, 0 if layer.is_turned else -1]
        put_out.append(output)
