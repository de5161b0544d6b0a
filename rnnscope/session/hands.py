"""What is changed by hand in a session: it then shows the pass of an epoch as it was, and with the changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnscope.checks import describe
from rnnscope.interventions import Change, what_if
from rnnscope.interventions.what_if import AS_IT_WAS, CHANGED
from rnnscope.languages import tr
from rnnscope.trace import Cursor, Trace, Walk
from rnnscope.trace.cursor import given
from rnnscope.trace.moment import Position

if TYPE_CHECKING:
    from rnnscope.session.session import Session


class Hands:
    """The changes of a session, in their order, and the way back.

    Parameters
    ----------
    session
        What they are made in; it shows one trace.

    Attributes
    ----------
    traces
        The traces of the session without changes.
    changes
        What is changed.
    """

    def __init__(self, session: Session) -> None:
        self.session, self.traces = session, session.traces
        self.changes: tuple[Change, ...] = ()
        self._before: list[tuple[Change, ...]] = []

    @property
    def is_possible(self) -> bool:
        """Whether something can be changed: in one trace, not in several that are compared."""
        return len(self.traces) == 1

    @property
    def words(self) -> tuple[str, ...]:
        """What is changed, in words, such as `f of layer 'lstm' is held at 0 (unit 3)`."""
        return self.session.walk.traces[-1].interventions[-len(self.changes) :] if self.changes else ()

    def set(self, changes: Sequence[Change], *, goes_on: bool = False) -> None:
        """Make these changes in place of those that there are; if they are refused, those stay.

        Parameters
        ----------
        changes
            The changes.
        goes_on
            Whether it goes on with the last one, as a slider does that is dragged: one `undo` takes back both.
        """
        self.session.check_open()
        made = _checked(changes)
        self._show(self.traces, made, self.session.cursor.epoch)
        if not goes_on:
            self._before.append(self.changes)
        self.changes = made
        self.session.watchers.show()

    def add(self, *changes: Change, goes_on: bool = False) -> None:
        """Make changes beside those that there are; one of the same place takes the place of the earlier one."""
        made = _checked(changes)
        rest = [each for each in self.changes if not any(are_of_one_place(each, other) for other in made)]
        self.set([*rest, *made], goes_on=goes_on)

    def undo(self) -> bool:
        """Go back to before the last change; return False if there was none."""
        self.session.check_open()
        if not self._before:
            return False
        self._show(self.traces, self._before[-1], self.session.cursor.epoch)
        self.changes = self._before.pop()
        self.session.watchers.show()
        return True

    def renew(self, traces: Mapping[str, Trace], cursor: Cursor | None) -> None:
        """Make the changes in other traces; if they do not fit there, say so and make none."""
        refused = None
        if self.changes:
            epoch = self._nearest(traces, cursor)
            there = None if cursor is None else replace(cursor, epoch=epoch)
            try:
                self._show(traces, self.changes, epoch, there)
            except (TypeError, ValueError) as error:
                refused = error
        if refused or not self.changes:
            self._show(traces, (), None, cursor)
            self.changes, self._before = (), []
        self.traces = dict(traces)
        self.session.watchers.show()
        if refused:
            self.session.watchers.tell(str(refused))

    def _nearest(self, traces: Mapping[str, Trace], cursor: Cursor | None) -> int:
        """Return the epoch of a trace whose weights were kept that is nearest to the one that is shown, or is asked."""
        asked = self.session.cursor.epoch if cursor is None or cursor.epoch is None else cursor.epoch
        return min(next(iter(traces.values())).snapshots.epochs, key=lambda each: abs(each - asked), default=asked)

    def _show(
        self,
        traces: Mapping[str, Trace],
        changes: tuple[Change, ...],
        epoch: int | None,
        cursor: Cursor | None = None,
    ) -> None:
        """Let the session go through traces, or through the pass of an epoch of one as it was and with changes."""
        if not changes:
            self.session.go_through(list(traces), Walk(list(traces.values())), cursor)
            return
        if len(traces) > 1:
            wanted = "an explorer of one trace, as rs.explore(trace) returns"
            raise ValueError(f"changes: expected {wanted}; got one of {', '.join(traces)}")
        (original,), before = traces.values(), self.session.walk
        plain = before.plain if isinstance(before, ChangedWalk) and before.original is original else None
        walk = ChangedWalk(original, changes, int(epoch), plain)
        with self.session.speaking():
            names = [tr(AS_IT_WAS), tr(CHANGED)]
        self.session.go_through(names, walk, cursor)


class ChangedWalk(Walk):
    """Goes through the pass of an epoch as it was and with changes; at another epoch both are run with its weights.

    Parameters
    ----------
    original, changes
        The trace, and what is changed.
    epoch
        The epoch to begin with.
    plain
        A pass as it was that was made before, if there is one.

    Attributes
    ----------
    epochs
        The epochs whose weights were kept.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.session.hands import ChangedWalk
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> walk = ChangedWalk(model.fit(task.x, task.y, epochs=3, verbose=0), (rs.Hold("lstm", "f", 0.0),), 2)
    >>> [float(moment.layer["f"][moment.run].max()) > 0.5 for moment in walk.at(rs.Cursor(epoch=1)).moments]
    [True, False]
    """

    def __init__(self, original: Trace, changes: tuple[Change, ...], epoch: int, plain: Trace | None = None) -> None:
        self.original, self.changes = original, changes
        super().__init__(self._passes(epoch, plain))
        self.epochs = tuple(each for each in original.epochs.tolist() if each in original.snapshots.epochs)

    @property
    def plain(self) -> Trace:
        """The pass as it was."""
        return self.traces[0]

    def at(self, cursor: Cursor) -> Position:
        """Return the position that a cursor means; if it is refused, the passes stay those of the epoch before."""
        epoch, before = given(cursor).epoch, self.traces
        if epoch is not None:
            self.traces = self._passes(epoch, self.plain)
        try:
            return super().at(cursor)
        except (TypeError, ValueError):
            self.traces = before
            raise

    def _passes(self, epoch: int, plain: Trace | None) -> list[Trace]:
        """Return the pass of an epoch as it was, and with the changes."""
        if plain is not None and int(plain.epochs[0]) == epoch:
            has_both = hasattr(self, "traces") and self.plain is plain
            return self.traces if has_both else [plain, what_if(self.original, *self.changes, epoch=epoch)]
        return [what_if(self.original, *changes, epoch=epoch) for changes in ((), self.changes)]


def are_of_one_place(change: Change, other: Change) -> bool:
    """Say whether two changes are of the same place, and differ in the value at most.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.session.hands import are_of_one_place
    >>> are_of_one_place(rs.Hold("lstm", "f", 0.0, units=[3]), rs.Hold("lstm", "f", 1.0, units=[3]))
    True
    """
    if type(change) is not type(other):
        return False
    places = [each.name for each in fields(change) if each.name != "value"]
    return all(np.array_equal(getattr(change, name), getattr(other, name)) for name in places)


def _checked(changes: Any) -> tuple[Change, ...]:
    """Return changes; refuse what are none."""
    if isinstance(changes, Change) or not isinstance(changes, Sequence):
        raise TypeError(f"changes: expected a list of changes, such as [rs.Hold(...)]; got {describe(changes)}")
    for change in changes:
        if not isinstance(change, Change):
            wanted = "changes: rs.Hold, rs.Edit, rs.Feed or rs.Start"
            raise TypeError(f"changes: expected {wanted}; got {describe(change)}")
    return tuple(changes)
