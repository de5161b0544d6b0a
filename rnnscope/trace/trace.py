"""A trace: everything that was recorded of a training run, or of one pass."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.checks import one_of, positive_int
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.record import evenly_spaced, size

if TYPE_CHECKING:
    import xarray


class WeightSnapshots(Mapping[int, list[np.ndarray]]):
    """The weights at some epochs; asking for another epoch is an error that says which there are."""

    def __init__(
        self, shapes: Sequence[tuple[str, str, tuple[int, ...]]], epochs: np.ndarray, flat: np.ndarray
    ) -> None:
        self.shapes, self.epochs, self.flat = list(shapes), np.asarray(epochs, int), flat

    def __getitem__(self, epoch: int) -> list[np.ndarray]:
        row = self.flat[self.position(epoch)]
        stops = np.cumsum([int(np.prod(shape)) for _, _, shape in self.shapes])
        parts = np.split(row, stops[:-1])
        return [part.reshape(shape) for part, (_, _, shape) in zip(parts, self.shapes, strict=True)]

    def position(self, epoch: int) -> int:
        """Return the place of an epoch among the snapshots."""
        if not len(self.epochs):
            raise ValueError(f"epoch: this trace has no weights; got {epoch!r}. Record with weights=True")
        if not isinstance(epoch, int | np.integer) or epoch not in self.epochs:
            listed = ", ".join(map(str, self.epochs))
            raise ValueError(
                f"epoch: expected one whose weights were kept ({listed}); got {epoch!r}. Record with weights=True"
            )
        return int(np.flatnonzero(self.epochs == epoch)[0])

    def of_layer(self, name: str) -> Mapping[int, dict[str, np.ndarray]]:
        """Return the snapshots of one layer, by the names of its arrays."""
        return _LayerSnapshots(self, name)

    def __iter__(self) -> Iterator[int]:
        return iter(self.epochs.tolist())

    def __len__(self) -> int:
        return len(self.epochs)


class _LayerSnapshots(Mapping[int, dict[str, np.ndarray]]):
    def __init__(self, snapshots: WeightSnapshots, layer: str) -> None:
        self._snapshots, self._layer = snapshots, layer

    def __getitem__(self, epoch: int) -> dict[str, np.ndarray]:
        pairs = zip(self._snapshots.shapes, self._snapshots[epoch], strict=True)
        return {name: array for (layer, name, _), array in pairs if layer == self._layer}

    def __iter__(self) -> Iterator[int]:
        return iter(self._snapshots)

    def __len__(self) -> int:
        return len(self._snapshots)


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
        Inputs (sample, time, feature) and targets (sample, …) of the recorded samples.
    history
        Per epoch of training, recorded or not: `loss`, and `val_loss` if there was validation data.
    stopped
        Why training ended early, or None.

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
        x: np.ndarray,
        *,
        loss: np.ndarray | None = None,
        prediction_gradients: np.ndarray | None = None,
        y: np.ndarray | None = None,
        history: Mapping[str, Sequence[float]] | None = None,
        weights: WeightSnapshots | None = None,
        stopped: str | None = None,
    ) -> None:
        self._layers = {layer.name: layer for layer in layers}
        self.epochs, self.predictions, self.loss = epochs, predictions, loss
        self.x, self.y, self.stopped = x, y, stopped
        self.prediction_gradients = prediction_gradients
        self.history = {key: list(values) for key, values in (history or {}).items()}
        self.snapshots = weights if weights is not None else WeightSnapshots([], np.array([], int), np.empty((0, 0)))
        below: np.ndarray | None = np.broadcast_to(x, (len(epochs), *x.shape))
        for layer in layers:
            layer._weights = self.snapshots.of_layer(layer.name)
            below = self._link(layer, below)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, from the input up."""
        return tuple(self._layers)

    @property
    def architecture(self) -> str:
        """Kind and units of its layers, such as `LSTM(300) + Dense(1)`."""
        return " + ".join(f"{layer.kind}({layer.units})" for layer in self._layers.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all recorded arrays."""
        arrays = [array for layer in self._layers.values() for array in layer.arrays.values()]
        own = [self.predictions, self.snapshots.flat, self.prediction_gradients]
        return sum(array.nbytes for array in (*arrays, *own) if array is not None)

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
        keep = evenly_spaced(len(self.epochs), positive_int("most", most))
        layers = []
        for layer in self._layers.values():
            arrays = {key: array[keep] for key, array in layer.arrays.items()}
            layers.append(layer.with_arrays(arrays))
        s = self.snapshots
        return Trace(
            layers,
            self.epochs[keep],
            self.predictions[keep],
            self.x,
            loss=None if self.loss is None else self.loss[keep],
            prediction_gradients=None if self.prediction_gradients is None else self.prediction_gradients[keep],
            y=self.y,
            history=self.history,
            weights=WeightSnapshots(s.shapes, s.epochs[-1:], s.flat[-1:]),
            stopped=self.stopped,
        )

    def save(self, path: str | PathLike[str], *, compress: bool = False) -> None:
        """Write the trace to an `.npz` file, first beside it and then in its place, so that no half file is left.

        Parameters
        ----------
        path
            Name of the file, ending in `.npz`.
        compress
            Whether to compress it: smaller by a tenth or so, and much slower.
        """
        from rnnscope.trace.store import save_trace

        save_trace(self, path, compress=compress)

    def to_xarray(self) -> dict[str, xarray.Dataset]:
        """Return one labelled `xarray.Dataset` per layer (needs `pip install "rnnscope[xarray]"`)."""
        from rnnscope.interop.xarray import to_xarray

        return to_xarray(self)

    def __getitem__(self, name: str) -> LayerTrace:
        return self._layers[one_of("layer", name, self._layers)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __contains__(self, name: object) -> bool:
        return name in self._layers

    def __repr__(self) -> str:
        facts = self._facts()
        wide = max(22, 2 + max(len(name) for name, _ in facts))
        lines = [f"{name:<{wide}}{value}" for name, value in facts]
        return "\n".join([f"<rnnscope.Trace, {size(self.nbytes)}>", *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for name, value in self._facts()
        )
        return f"<table><caption>Trace, {size(self.nbytes)}</caption>{rows}</table>"

    def _facts(self) -> list[tuple[str, str]]:
        """Return what the trace holds, as lines of a table."""
        epochs = f"{len(self.epochs)}" + (f" ({self.epochs[0]} to {self.epochs[-1]})" if len(self.epochs) else "")
        facts = [("epochs", epochs), ("x", f"{self.x.shape} (sample, time, feature)")]
        losses = self.history.get("loss", self.loss)
        if losses is not None and len(losses):
            facts.append(("loss", f"{losses[0]:.4g} -> {losses[-1]:.4g}"))
        for layer in self._layers.values():
            extra = " with gradients" if len(layer.grad) else ""
            facts.append((f"{layer.name} ({layer.kind})", f"{', '.join(layer.quantities)}: {layer.units} units{extra}"))
        kept = f"at {len(self.snapshots)} of {len(self.epochs)} epochs" if len(self.snapshots) else "not kept"
        facts.append(("weights", kept))
        return facts + ([("stopped", self.stopped)] if self.stopped else [])

    @staticmethod
    def _link(layer: LayerTrace, below: np.ndarray | None) -> np.ndarray | None:
        """Give a layer what it read, and return what it puts out."""
        backwards = layer.options.get("go_backwards", False)
        layer.x = below[:, :, ::-1] if backwards and below is not None else below
        if layer.output not in layer.values:
            return None
        values = layer.values[layer.output]
        return values[:, :, -1] if layer.is_recurrent and not layer.options["return_sequences"] else values
