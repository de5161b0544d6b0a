"""A walk: the moments of one or several traces, in the order in which they are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnnscope.checks import describe, one_of
from rnnscope.trace.choice import layers_of
from rnnscope.trace.cursor import Cursor, given
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.moment import LARGEST, Position, phases_of, resolve
from rnnscope.trace.trace import Trace

OVER = ("epoch", "time", "phase")
"""What a walk can go over."""

SPEEDS, SPEED = (0.5, 1, 2, 4, 8, 16, 30), 4
"""Steps per second that players offer, and those they begin with."""


class Walk:
    """Goes from moment to moment: phase by phase, time step by time step, layer by layer, epoch by epoch.

    Forward, a layer computes its phases in order at time step 0, 1, 2 …, then the layer above does. Backward, all of
    this is turned round; epochs follow one another in either direction. In several traces the cells go in step with
    the one that has most phases: the others wait at their last.

    Parameters
    ----------
    traces
        The traces; several are of the same inputs.

    Attributes
    ----------
    epochs
        The epochs that all of them have.
    layers
        The layers, by their names in the first trace, that are recurrent and recorded at that place in all of them.
    samples, steps
        How many samples there are, and time steps of the layer that has most.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.trace import Walk
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> walk = Walk([model.trace(task.x)])
    >>> cursor = walk.at(rs.Cursor(sample=0, time=0, unit=0)).cursor
    >>> str(walk.step(cursor, "phase", 1))
    "Cursor(epoch=0, layer='gru', sample=0, time=1, unit=0, phase='z')"
    """

    def __init__(self, traces: Sequence[Trace]) -> None:
        self.traces = list(traces)
        first = self.traces[0]
        self.epochs = tuple(
            epoch for epoch in first.epochs.tolist() if all(epoch in trace.epochs for trace in self.traces)
        )
        self.layers = tuple(
            name for place, name in enumerate(first.layers) if all(_has(trace, place) for trace in self.traces)
        )
        if not self.epochs:
            raise ValueError("trace: expected recorded epochs, the same in all traces; got none")
        if not self.layers:
            raise ValueError("trace: expected a recurrent layer that is recorded, at the same place; got none")
        for layer in self.layers:
            for kind, phases in self.cells(layer).items():
                if not phases:
                    raise ValueError(f"traces: expected a quantity that all {kind} layers {layer!r} have; got none")
        self.samples, self.steps = len(first.x), max(self.steps_in(layer) for layer in self.layers)

    def cells(self, layer: str) -> dict[str, tuple[str, ...]]:
        """Return the phases in order of each kind of cell in a layer: those that all traces of the kind have.

        The kind with most phases is the first: it leads when the cells go in step.
        """
        cells: dict[str, tuple[str, ...]] = {}
        for found in self._layers(layer):
            there = cells.get(found.kind, found.phases)
            cells[found.kind] = tuple(name for name in there if name in found.phases)
        return dict(sorted(cells.items(), key=lambda item: -len(item[1])))

    def names(self, layer: str) -> list[str]:
        """Return what a layer is called in each trace."""
        return [found.name for found in self._layers(layer)]

    def kinds(self, layer: str) -> list[str]:
        """Return the kind of cell that a layer has in each trace."""
        return [found.kind for found in self._layers(layer)]

    def leader(self, layer: str) -> int:
        """Return the place of the trace that leads when the cells of a layer go in step."""
        return self.kinds(layer).index(next(iter(self.cells(layer))))

    def sources(self, layer: str, other: str) -> list[int]:
        """Return for each trace whose phase it takes from a layer to another: one of its kind, else the leader's."""
        kinds, leader = self.kinds(layer), self.leader(layer)
        found = [kinds.index(kind) if kind in kinds else leader for kind in self.kinds(other)]
        return [k if kinds[k] == kind else found[k] for k, kind in enumerate(self.kinds(other))]

    def units(self, layer: str) -> int:
        """Return how many units a layer has in all traces."""
        return min(found.units for found in self._layers(layer))

    def phases(self, cursor: Cursor) -> dict[str, str]:
        """Return the phase of each kind of cell at a moment of this walk."""
        cells = self.cells(cursor.layer)
        return dict(cursor.phase) if isinstance(cursor.phase, Mapping) else dict.fromkeys(cells, cursor.phase)

    def at(self, cursor: Cursor) -> Position:
        """Return the position that a cursor means, resolved once in every trace.

        Raises
        ------
        TypeError, ValueError
            If it is no cursor, or its moment is not in all traces; it says what there is.
        """
        asked = given(cursor)
        layer = layers_of(self.traces, asked.fits)[0].name if asked.layer is None else self._first_name(asked.layer)
        cells, epoch = self.cells(layer), self.epochs[-1] if asked.epoch is None else asked.epoch
        phases = self._chosen(asked.phase, cells)
        moments = resolve(replace(asked, epoch=epoch, layer=asked.layer and layer, phase=phases), self.traces)
        if asked.direction == "backward":
            for moment in moments:
                _check_gradients(moment.layer, cells[moment.layer.kind])
        unit = LARGEST if asked.unit == LARGEST else moments[0].unit
        given_up = tuple(replace(moment, chosen=()) for moment in moments)
        return Position(replace(moments[0].cursor, unit=unit, phase=_written(phases)), given_up, moments[0].chosen)

    def step(self, cursor: Cursor, over: str, by: int) -> Cursor | None:
        """Return the next moment (`by=1`) or the one before (`by=-1`) over phases, times or epochs; None at an end.

        After the last phase comes the next time step, after the last time step the next layer, after the last layer the
        next epoch.
        """
        if by not in (1, -1):
            raise ValueError(f"by: expected 1 or -1; got {describe(by)}")
        if one_of("over", over, OVER) == "epoch":
            return self._stepped(cursor, "epoch", self.epochs, by)
        if over == "time":
            return self._carried(cursor, by)
        cells, way = self.cells(cursor.layer), self._way(cursor)
        leader = next(iter(cells))
        place = cells[leader][::way].index(self.phases(cursor)[leader]) + by
        if 0 <= place < len(cells[leader]):
            return self._in_phase(cursor, place)
        after = self._carried(cursor, by)
        return after and self._in_phase(after, 0 if by > 0 else max(map(len, self.cells(after.layer).values())) - 1)

    def first(self, cursor: Cursor, over: str) -> Cursor:
        """Return the moment at which a walk over an epoch, or over all epochs, begins."""
        if one_of("over", over, OVER) == "epoch":
            return replace(cursor, epoch=self.epochs[0])
        return self.begin(self.in_layer(cursor, self.layers[:: self._way(cursor)][0]), over)

    def steps_in(self, layer: str) -> int:
        """Return how many time steps a layer has in all traces."""
        return min(found.steps for found in self._layers(layer))

    def times(self, cursor: Cursor) -> range:
        """Return the time steps of the layer of a cursor in the order in which they are computed there."""
        is_turned = self.traces[0][cursor.layer].is_turned
        return range(self.steps_in(cursor.layer))[:: self._way(cursor) * (-1 if is_turned else 1)]

    def begin(self, cursor: Cursor, over: str) -> Cursor:
        """Return the moment at which a walk over the times, or the phases, of a layer begins."""
        found = replace(cursor, time=self.times(cursor)[0])
        return found if over == "time" else self._in_phase(found, 0)

    def _carried(self, cursor: Cursor, by: int) -> Cursor | None:
        """Return the moment one time step on, in the next layer or epoch if it was the last."""
        way = self._way(cursor)
        layers = self.layers[::way]
        after = self._stepped(cursor, "time", self.times(cursor), by)
        if after:
            return after
        place = layers.index(cursor.layer) + by
        if 0 <= place < len(layers):
            found = self.in_layer(cursor, layers[place])
        else:
            found = self._stepped(cursor, "epoch", self.epochs, by)
            found = found and self.in_layer(found, layers[0 if by > 0 else -1])
        return found and replace(found, time=self.times(found)[0 if by > 0 else -1])

    def in_layer(self, cursor: Cursor, layer: str) -> Cursor:
        """Return the same moment in another layer; a phase or a unit that it does not have is its last one there."""
        before, unit = self.phases(cursor), cursor.unit
        kinds, sources = self.kinds(cursor.layer), self.sources(cursor.layer, layer)
        taken = {kind: before[kinds[k]] for kind, k in zip(self.kinds(layer), sources, strict=True)}
        phases = {kind: phases_of({kind: names}, taken[kind])[kind] for kind, names in self.cells(layer).items()}
        if unit != LARGEST:
            unit = min(unit, self.units(layer) - 1)
        time = min(cursor.time, self.steps_in(layer) - 1)
        return replace(cursor, layer=layer, phase=_written(phases), unit=unit, time=time)

    def _in_phase(self, cursor: Cursor, place: int) -> Cursor:
        """Return the same moment in a phase; cells with fewer phases are in their last."""
        way = self._way(cursor)
        found = {kind: names[::way][min(place, len(names) - 1)] for kind, names in self.cells(cursor.layer).items()}
        return replace(cursor, phase=_written(found))

    def _chosen(self, phase: str | Mapping[str, str] | None, cells: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Return the phase of each kind of cell."""
        if isinstance(phase, Mapping):
            kinds = {kind for layer in self.layers for kind in self.cells(layer)}
            for kind in phase:
                one_of("phase: kind of cell", kind, kinds)
        elif phase is not None:
            one_of("phase", phase, {name for names in cells.values() for name in names})
        return phases_of(cells, phase)

    def _first_name(self, layer: str) -> str:
        """Return what a layer is called in the first trace; it is given by its name in any of them."""
        if layer in self.layers:
            return layer
        for first in self.layers:
            if layer in self.names(first):
                return first
        return one_of("layer", layer, dict.fromkeys(name for first in self.layers for name in self.names(first)))

    def _layers(self, layer: str) -> list[LayerTrace]:
        """Return the layer at the same place in every trace."""
        place = self.traces[0].layers.index(layer)
        return [trace[trace.layers[place]] for trace in self.traces]

    @staticmethod
    def _way(cursor: Cursor) -> int:
        return -1 if cursor.direction == "backward" else 1

    @staticmethod
    def _stepped(cursor: Cursor, name: str, there: Sequence[int], by: int) -> Cursor | None:
        """Return the cursor at the next of the places that there are, or None at the end."""
        place = there.index(getattr(cursor, name)) + by
        return replace(cursor, **{name: there[place]}) if 0 <= place < len(there) else None


def _written(phases: Mapping[str, str]) -> str | Mapping[str, str]:
    """Return phases by kind as a cursor has them: of a single kind, the name alone."""
    return phases if len(phases) > 1 else next(iter(phases.values()))


def _check_gradients(layer: LayerTrace, phases: Sequence[str]) -> None:
    """Refuse a layer without gradients, as `LayerTrace.grad` does."""
    for phase in phases:
        layer.grad[phase]


def _has(trace: Trace, place: int) -> bool:
    """Say whether a trace has a recorded recurrent layer at a place."""
    if place >= len(trace.layers):
        return False
    layer = trace[trace.layers[place]]
    return layer.is_recurrent and bool(layer.quantities)
