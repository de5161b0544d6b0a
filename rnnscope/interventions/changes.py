"""What can be changed by hand: a quantity held, a weight edited, an input fed, a first state given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnscope.checks import describe, one_of
from rnnscope.engine.tape import Held
from rnnscope.interventions.run import Run, places
from rnnscope.languages import in_a_row, noted, noted_n
from rnnscope.numbers import written
from rnnscope.trace.moment import Moment

MEAN = "mean"
"""Holds a quantity at what each unit had on average, over all samples and time steps."""


class Change:
    """A change of a run; `words` say what it is."""

    def apply(self, run: Run) -> str:
        """Make the change to a run that has not run yet, and say in words what it is.

        Parameters
        ----------
        run
            The run.
        """
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Hold(Change):
    """Holds a quantity of a recurrent layer at a value, whatever the cell computes.

    All that reads the quantity reads the value: with `f` held at 0 an LSTM forgets at once. A held quantity depends on
    nothing, so no gradient goes through it; its own gradient is recorded, and says what another value would change.

    Parameters
    ----------
    layer
        Name of the layer, such as `"lstm"`.
    quantity
        Name of a gate, candidate or state, such as `"f"`.
    value
        A number; `"mean"`, what each unit has on average over samples and time steps; an array that fits
        (sample, time, unit) of what is chosen; or a `Moment` (`rs.Cursor(...).at(trace)`), whose values of all units
        are taken.
    units, time, samples
        Which units, time steps and samples: a number, several, or a slice; None for all.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> held = rs.what_if(model, rs.Hold("lstm", "f", 0.0, units=[0, 1]), x=task.x)
    >>> held["lstm"]["f"][0, 0, 0, :2].tolist()
    [0.0, 0.0]
    >>> held.interventions
    ("f of layer 'lstm' is held at 0 (units 0, 1)",)
    """

    layer: str
    quantity: str
    value: Any
    units: Any = None
    time: Any = None
    samples: Any = None

    def apply(self, run: Run) -> str:
        """Hold the quantity in a run."""
        number, layer = run.recurrent("Hold: layer", self.layer)
        titles = {quantity.name: quantity.title for quantity in layer.cell}
        name = one_of(f"Hold: quantity of layer {self.layer!r}", self.quantity, layer.cell.names, titles)
        counts = {"samples": run.samples, "time": run.steps[number], "units": layer.units}
        chosen = [places(f"Hold: {key}", getattr(self, key), count) for key, count in counts.items()]
        values, shape = self._values(run, layer.units, chosen), tuple(counts.values())
        known = run.holds.setdefault(number, {})
        held = known.setdefault(name, Held(np.zeros(shape, run.network.dtype), np.ones(shape, run.network.dtype)))
        held.value[np.ix_(*chosen)], held.free[np.ix_(*chosen)] = values, 0
        parts = {"quantity": name, "layer": self.layer, "value": self._what(values)}
        if where := self._where(chosen, shape):
            return noted("{quantity} of layer {layer!r} is held at {value} ({where})", where=where, **parts)
        return noted("{quantity} of layer {layer!r} is held at {value}", **parts)

    def _values(self, run: Run, units: int, chosen: Sequence[np.ndarray]) -> np.ndarray:
        """Return the values to hold, (sample, time, unit) of what is chosen."""
        if isinstance(self.value, str):
            one_of("Hold: value", self.value, [MEAN])
            values = run.before[self.layer][self.quantity][0].astype(float).mean(axis=(0, 1))[chosen[-1]]
        elif isinstance(self.value, Moment):
            values = self._of_moment(self.value, units)[chosen[-1]]
        else:
            values = _numbers("Hold: value", self.value)
        return _fitted("Hold", values, "(sample, time, unit)", tuple(map(len, chosen)))

    def _of_moment(self, moment: Moment, units: int) -> np.ndarray:
        """Return the values of all units at a moment."""
        values = moment.layer[self.quantity][moment.run][moment.time]
        if values.shape != (units,):
            wanted = f"a moment of a layer of {units} units, as layer {self.layer!r} has"
            raise ValueError(f"Hold: value: expected {wanted}; got one of {len(values)}")
        return _numbers("Hold: value", values)

    def _what(self, values: np.ndarray) -> str:
        """Say what the quantity is held at."""
        if isinstance(self.value, str):
            return noted("its mean")
        if isinstance(self.value, Moment):
            return noted("what it was at another moment")
        return _in_words(values)

    @staticmethod
    def _where(chosen: Sequence[np.ndarray], counts: Sequence[int]) -> str:
        """Say which samples, time steps and units are held; nothing for all."""
        samples, times, units = (
            {"count": len(own), "numbers": _listed(own)} if len(own) < n else None
            for own, n in zip(chosen, counts, strict=True)
        )
        found = [
            samples and noted_n("sample {numbers}", "samples {numbers}", **samples),
            times and noted_n("time step {numbers}", "time steps {numbers}", **times),
            units and noted_n("unit {numbers}", "units {numbers}", **units),
        ]
        return in_a_row(list(filter(None, found))) if any(found) else ""


@dataclass(frozen=True, eq=False)
class Edit(Change):
    """Gives one weight, or several, another value.

    Parameters
    ----------
    layer
        Name of the layer.
    weight
        Name of a block, such as `"U_f"`, or of a whole array, such as `"recurrent_kernel"`.
    index
        Place in it, such as `(0, 17)`: what is read, and the unit; anything that indexes an array.
    value
        A number, or an array that fits.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> rs.what_if(model, rs.Edit("lstm", "U_f", (0, 1), 0.3), x=task.x).interventions
    ("U_f[0, 1] of layer 'lstm' is set to 0.3",)
    """

    layer: str
    weight: str
    index: Any
    value: Any

    def apply(self, run: Run) -> str:
        """Edit the weight in a run."""
        number = run.node("Edit: layer", self.layer)
        blocks = weight_blocks(run, number)
        block = blocks[one_of(f"Edit: weight of layer {self.layer!r}", self.weight, blocks, _titles(run, number))]
        values = _numbers("Edit: value", self.value)
        try:
            block[self.index] = values
        except (IndexError, ValueError, TypeError) as error:
            wanted = f"an index and a value that fit shape {block.shape}"
            raise ValueError(f"Edit: index: expected {wanted}; got {self.index!r}: {error}") from None
        index = ", ".join(map(str, self.index)) if isinstance(self.index, tuple) else self.index
        parts = {"layer": self.layer, "value": _in_words(values)}
        return noted("{weight} of layer {layer!r} is set to {value}", weight=f"{self.weight}[{index}]", **parts)


@dataclass(frozen=True, eq=False)
class Feed(Change):
    """Gives the net another input at one time step.

    Parameters
    ----------
    sample, time
        Which sample and time step.
    value
        A number for all features, or one for each; of tokens the number of one.
    feature
        Which feature, or None for all.
    input
        Which input of the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> rs.what_if(model, rs.Feed(sample=0, time=2, value=9.0), x=task.x).x[0].ravel().tolist()
    [0.0, 1.0, 9.0, 3.0]
    """

    sample: int
    time: int
    value: Any
    feature: int | None = None
    input: int = 0

    def apply(self, run: Run) -> str:
        """Feed the input to a run."""
        (which,) = places("Feed: input", self.input, len(run.inputs))
        x = run.inputs[which]
        (sample,), (time,) = places("Feed: sample", self.sample, len(x)), places("Feed: time", self.time, x.shape[1])
        index, tokens = (sample, time), run.tokens(which)
        if self.feature is not None:
            if tokens is not None:
                raise ValueError(f"Feed: feature: expected None, for the input is tokens; got {self.feature!r}")
            index += (int(places("Feed: feature", self.feature, x.shape[2])[0]),)
        values, there = _numbers("Feed: value", self.value), x[index]
        if values.ndim and values.shape != there.shape:
            raise ValueError(f"Feed: value: expected a number, or shape {there.shape}; got shape {values.shape}")
        if tokens is not None and (values % 1 or not 0 <= values < tokens):
            raise ValueError(f"Feed: value: expected a token from 0 to {tokens - 1}; got {self.value!r}")
        x[index] = values
        parts = {"sample": int(sample), "time": int(time), "value": _in_words(values)}
        return noted("the input of sample {sample} at time step {time} is {value}", **parts)


@dataclass(frozen=True, eq=False)
class Start(Change):
    """Lets a layer begin with another state than the declared one.

    Parameters
    ----------
    layer, state
        Name of the layer and of the state, such as `"c"`.
    value
        A number, or an array that fits (sample, unit).

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> rs.what_if(model, rs.Start("lstm", "c", 1.0), x=task.x)["lstm"].prev["c"][0, 0, 0].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """

    layer: str
    state: str
    value: Any

    def apply(self, run: Run) -> str:
        """Let the layer begin with the state in a run."""
        number, layer = run.recurrent("Start: layer", self.layer)
        titles = {name: layer.cell[name].title for name in layer.cell.states}
        name = one_of(f"Start: state of layer {self.layer!r}", self.state, layer.cell.states, titles)
        if run.network.nodes[number].start is not None:
            raise ValueError(f"Start: layer: expected one that begins by itself; got {self.layer!r}, which does not")
        shape = (run.samples, layer.units)
        values = _fitted("Start", _numbers("Start: value", self.value), "(sample, unit)", shape)
        run.starts.setdefault(number, {})[name] = np.ascontiguousarray(values.T, run.network.dtype)
        parts = {"state": name, "layer": self.layer, "value": _in_words(values)}
        return noted("{state} of layer {layer!r} begins with {value}", **parts)


def weight_blocks(run: Run, number: int) -> dict[str, np.ndarray]:
    """Return the weights of a node, whole arrays and their blocks, by name, as views."""
    node = run.network.nodes[number]
    arrays = run.network.by_node(run.network.arrays)[number]
    found = dict(arrays)
    if not hasattr(node.layer, "cell"):
        return found
    cell = node.layer.cell
    for weight in cell.weights:
        array = cell.array_of(weight)
        found[weight.name] = arrays[array.name][array.index(weight, node.layer.units)]
    return found


def _titles(run: Run, number: int) -> dict[str, str]:
    """Return what blocks of weights would be called by the titles of their quantities, such as `U_forget gate`."""
    layer = run.network.nodes[number].layer
    cell = getattr(layer, "cell", None)
    if cell is None:
        return {}
    return {weight.name: f"{weight.kind.letter}_{cell[weight.quantity].title}" for weight in cell.weights}


def _listed(numbers: np.ndarray) -> str:
    """Return `3`, `0, 1, 2` or `0 to 9`."""
    if len(numbers) > 3 and (np.diff(numbers) == 1).all():
        return noted("{first} to {last}", first=int(numbers[0]), last=int(numbers[-1]))
    return ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")


def _in_words(values: np.ndarray) -> str:
    """Return the number that all values are, or that they are several."""
    return written(values.flat[0], 3) if np.unique(values).size == 1 else noted("values of one's own")


def _fitted(change: str, values: np.ndarray, axes: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return a number or an array in the shape of what is changed."""
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        wanted = f"a number, or an array that fits {axes} {shape}"
        raise ValueError(f"{change}: value: expected {wanted}; got shape {values.shape}") from None


def _numbers(argument: str, value: Any) -> np.ndarray:
    """Return a finite number, or an array of them."""
    try:
        values = np.asarray(value, float)
    except (TypeError, ValueError):
        raise TypeError(f"{argument}: expected a number, or an array of numbers; got {describe(value)}") from None
    if isinstance(value, bool | bytes) or not np.isfinite(values).all():
        raise ValueError(f"{argument}: expected finite numbers; got {describe(value)}")
    return values
