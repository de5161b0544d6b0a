"""An explorer: a session behind sliders, buttons, keys and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any

from IPython.display import display

from rnnscope.figures.picture import Picture
from rnnscope.interventions import Change
from rnnscope.session import Session
from rnnscope.trace import Cursor, Trace
from rnnscope.widgets.screen import Screen
from rnnscope.widgets.thread import by_owner


class Explorer:
    """Sliders, buttons and keys that step through traces, and the pictures that follow; made by `rs.explore`.

    Attributes
    ----------
    cursor
        The moment that is shown, with nothing left open but which unit is the largest. Set it (or its text) to go
        somewhere else; `str(explorer.cursor)` is a line of text that brings one back, here and in every picture.
    views
        Names of the views that are shown, in order. Set them to show others.
    options
        Arguments of the views that were chosen, such as `{"order": "activity"}`; each view takes its own. Set some of
        them, as the drop-down lists do.
    changes
        What is changed in the net by hand (`rs.Hold`, `rs.Edit`, `rs.Feed`, `rs.Start`), in their order; nothing at
        first. With changes the explorer shows the pass of an epoch as it was beside the changed one; the weights of the
        epoch have to have been kept. Set others, or `()` to undo all.
    """

    def __init__(self, traces: Mapping[str, Trace], views: Sequence[str], cursor: Cursor | None) -> None:
        self._session = Session(traces, views, cursor)
        self._screen = Screen(self._session)
        self._session.watch(self._screen)

    @property
    def _now(self) -> Session:
        """The session, as it is to be when something is asked of it."""
        return self._session

    @property
    def cursor(self) -> Cursor:
        """The moment that is shown."""
        return self._now.cursor

    @cursor.setter
    @by_owner
    def cursor(self, cursor: Cursor | str) -> None:
        self._now.go(cursor)

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the views that are shown."""
        return self._session.views

    @views.setter
    @by_owner
    def views(self, views: Sequence[str]) -> None:
        self._session.views = views

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of views that were chosen."""
        return self._session.options

    @options.setter
    @by_owner
    def options(self, options: Mapping[str, Any]) -> None:
        self._session.options = options

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is changed in the net by hand."""
        return self._session.hands.changes if self._session.is_open else ()

    @changes.setter
    @by_owner
    def changes(self, changes: Sequence[Change]) -> None:
        self._session.check_open()
        self._session.hands.set(changes)

    @by_owner
    def change(self, *changes: Change) -> None:
        """Change something more by hand; a change of the same place takes the place of the earlier one.

        Parameters
        ----------
        *changes
            What is changed: `rs.Hold`, `rs.Edit`, `rs.Feed` or `rs.Start`.

        Raises
        ------
        TypeError, ValueError
            If one does not fit the net, the weights of the epoch that is shown were not kept, or several traces are
            compared; then everything stays as it was.

        Examples
        --------
        >>> import rnnscope as rs
        >>> task = rs.tasks.counting()
        >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
        >>> model.compile(optimizer="adam", loss="mse")
        >>> explorer = rs.explore(model.fit(task.x, task.y, epochs=3, verbose=0), views=["cell"])
        >>> explorer.change(rs.Hold("lstm", "f", 0.0))
        >>> explorer
        <rnnscope.Explorer of as it was, changed at Cursor(epoch=2, ...)>
        >>> explorer.undo()
        True
        >>> explorer.close()
        """
        self._session.check_open()
        self._now.hands.add(*changes)

    @by_owner
    def undo(self) -> bool:
        """Take back the last change that was made by hand; return False if there was none."""
        self._session.check_open()
        return self._session.hands.undo()

    @by_owner
    def step(self, over: str, by: int = 1) -> bool:
        """Take a step over `"phase"`, `"time"` or `"epoch"`, on (1) or back (−1); return False at the end.

        After the last phase comes the next time step, after the last time step the next layer, then the next epoch. In
        the backward direction all of this but the epochs runs the other way, as the gradient does.
        """
        return self._now.step(over, by)

    @by_owner
    def play(self, over: str = "time", speed: float | None = None) -> None:
        """Step on by itself over `"phase"`, `"time"` or `"epoch"`; at the end, begin anew.

        Parameters
        ----------
        over
            What is stepped over.
        speed
            Steps per second.
        """
        self._session.playing.play(over, speed)

    @by_owner
    def pause(self) -> None:
        """Stop playing."""
        self._session.playing.pause()

    def observe_cursor(self, call: Callable[[Cursor], Any]) -> None:
        """Call a function with the new cursor whenever it has changed.

        What it raises is shown as a message in the explorer, and stops nothing.
        """
        self._session.observe(call)

    def unobserve_cursor(self, call: Callable[[Cursor], Any]) -> None:
        """No longer call a function."""
        self._session.observers.remove(call)

    @by_owner
    def picture(self) -> Picture:
        """Return a figure of its own of the views that are shown, at this moment, one below the other.

        A view that has nothing to show is left out, unless it is the only one.
        """
        return self._now.picture()

    @by_owner
    def save(self, path: str | PathLike[str], **options: Any) -> None:
        """Write the views that are shown, at this moment, to one file, with their text alternative.

        Parameters
        ----------
        path
            Name of the file, which ends in `.png`, `.svg` or `.pdf`.
        **options
            As in `matplotlib.figure.Figure.savefig`, such as `dpi=200`.
        """
        self.picture().savefig(path, **options)

    @by_owner
    def close(self) -> None:
        """Take the explorer off the page, stop playing, and let go of its pictures and traces."""
        if self._session.is_open:
            self._session.close()
            self._screen.close()
            self._screen = None

    @property
    @by_owner
    def alt(self) -> str:
        """What is shown, in words."""
        return self._session.alt

    @by_owner
    def _ipython_display_(self) -> None:
        """Show the widget in a notebook, and in its place where there is no kernel the picture of the last moment."""
        if self._session.is_open:
            display(self._screen.root._repr_mimebundle_() | {"text/plain": repr(self)}, raw=True)
            self._screen.still.show()
        else:
            display({"text/plain": repr(self)}, raw=True)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the widget, and for pages without a kernel the picture of this moment and a text."""
        if not self._session.is_open:
            return {"text/plain": repr(self)}
        bundle = self._screen.root._repr_mimebundle_() or {}
        png = self._screen.gallery.png()
        return {**bundle, **({"image/png": png} if png else {}), "text/plain": f"{self.cursor}\n{self.alt}"}

    def __repr__(self) -> str:
        if not self._session.is_open:
            return "<rnnscope.Explorer, closed>"
        return f"<rnnscope.Explorer of {', '.join(self._session.traces) or 'a trace'} at {self.cursor}>"
