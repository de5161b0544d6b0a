"""The controls of a session: dials, choices, buttons, keys, and what they show at a moment."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, Layout, Text, ToggleButton, VBox, Widget

from rnnscope.figures import PAIRS, VIEWS
from rnnscope.figures.registry import CLASSES
from rnnscope.languages import tr
from rnnscope.session import Session
from rnnscope.session.watcher import fault
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.walk import SPEEDS
from rnnscope.widgets.controls import NARROW_LABEL, Dial, note
from rnnscope.widgets.hands import HandsPanel
from rnnscope.widgets.legend import legend_of
from rnnscope.widgets.listener import Listener
from rnnscope.widgets.moment import MomentControls
from rnnscope.widgets.options import OptionRow
from rnnscope.widgets.phases import PhaseDials


class Board:
    """Everything of a session on the page but what is in its pictures.

    Parameters
    ----------
    session
        What the controls move, and what they show.
    say
        Is called when words are to be shown below the pictures, or no longer.

    Attributes
    ----------
    box
        All of it.
    hands
        The panel of what is changed by hand.
    message
        Where messages about faults go.
    beside
        What else is called whenever the controls show the session.
    listener
        The keys and clicks, and the word from the page that a picture has arrived.
    """

    def __init__(self, session: Session, say: Callable[[bool], None]) -> None:
        self.session, self.beside = session, []
        self.message, self._status, self._legend = HTML(), HTML(), HTML()
        self._is_showing = False
        self._make_dials()
        self._moment = MomentControls(session, self.choice)
        self.hands = HandsPanel(session, self.choice, self.safely)
        self._make_choices()
        self._make_buttons(say)
        self._options = OptionRow(session, self.safely)
        keys = {key: self.safely(does) for key, does in self._keys().items()}
        self.listener = Listener(keys, self.safely(session.click), self.safely(session.place))
        self.box = self._laid_out()

    def _laid_out(self) -> VBox:
        """Return all controls: what steps and plays, which stays in view, and what is chosen less often."""
        dials = (dial.box for dial in (self._epoch, self._time))
        bar = VBox([*dials, self._phases.box, self._status, self.message]).add_class("rnnscope-bar")
        rows = [
            HBox([*self._moment.controls, self._speed]).add_class("rnnscope-row"),
            self.hands.box,
            self._options.box,
            self._legend,
            HBox([*self._buttons.values(), self._in_words]).add_class("rnnscope-row").add_class("rnnscope-views"),
            self._text,
            self.listener.add_class("rnnscope-help"),
        ]
        return VBox([bar, VBox(rows).add_class("rnnscope-more")]).add_class("rnnscope-controls")

    def safely(self, work: Callable[..., Any]) -> Callable[..., None]:
        """Return what a control calls: an error becomes a message, and the controls show the moment again."""

        def call(*arguments: Any) -> None:
            if self._is_showing:
                return
            with self.session.speaking():
                try:
                    work(*arguments)
                except Exception as error:  # nothing else would ever show it to the user
                    self.message.value = note(*fault(error))
                    self.show(keeps_text=True)

        return call

    def show(self, *, keeps_text: bool = False) -> None:
        """Show the moment, the views and the speed of the session; a pasted text that is wrong can be kept."""
        with self.showing():
            self._show_moment()
            if not keeps_text:
                self._text.value = str(self.session.cursor)
            for view, button in self._buttons.items():
                button.value = view in self.session.views
                is_offered = view not in PAIRS or button.value or len(self.session.moments) == 2
                button.layout.display = None if is_offered else "none"
            for over, dial in (("epoch", self._epoch), ("time", self._time), ("phase", self._phases.first)):
                dial.show_playing(self.session.playing.over == over)
            self._show_speed(self.session.playing.player.speed)
            self.hands.show()
            self._options.show()
            self._status.value = (
                f'<div role="status" class="rnnscope-status">{html.escape(self.session.playing.status)}</div>'
            )
            self._legend.value = legend_of(self.session.moments, is_dark=self.session.is_dark)
            for show in self.beside:
                show()

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Let controls show what is, inside the block, without calling anything."""
        before, self._is_showing = self._is_showing, True
        try:
            yield
        finally:
            self._is_showing = before

    def _show_moment(self) -> None:
        cursor, walk = self.session.cursor, self.session.walk
        place = walk.epochs.index(cursor.epoch)
        self._epoch.show(tr("epoch"), len(walk.epochs), place, str(cursor.epoch))
        self._time.show(tr("time step"), walk.steps_in(cursor.layer), cursor.time, self._step())
        self._phases.show()
        for dial in (self._epoch, self._time, *self._phases.dials):
            dial.slider.style.description_width = self._phases.wide
        self._moment.show()

    def _step(self) -> str:
        """Say at which time step the session is, by its label if it has one."""
        moment = self.session.moments[0]
        is_named = moment.trace.labels.time is not None
        return (
            step_in_words(moment) if is_named else tr("{time} (0 to {last})", time=moment.time, last=moment.steps - 1)
        )

    def _show_speed(self, speed: float) -> None:
        if speed not in dict(self._speed.options).values():
            self._speed.options = _options(sorted({*SPEEDS, speed}))
        self._speed.value = speed

    def _make_dials(self) -> None:
        session, safely = self.session, self.safely

        def dial(name: str, over: str, moved: Callable[[int], None]) -> Dial:
            stepped, played = safely(lambda by: session.step(over, by)), safely(lambda: session.playing.toggle(over))
            return Dial(name, safely(moved), stepped, played)

        self._epoch = dial(tr("epoch"), "epoch", lambda place: session.move(epoch=session.walk.epochs[place]))
        self._time = dial(tr("time step"), "time", lambda place: session.move(time=place))
        self._phases = PhaseDials(session, safely, lambda moved: dial(tr("phase"), "phase", moved))

    def _make_choices(self) -> None:
        session, choice = self.session, self.choice
        self._speed = choice(
            Dropdown,
            tr("speed"),
            tr("steps per second while playing"),
            "10em",
            lambda value: setattr(session.playing.player, "speed", value),
            options=_options(SPEEDS),
            value=session.playing.player.speed,
            **NARROW_LABEL,
        )
        self._text = choice(
            Text,
            tr("cursor"),
            tr("this moment as text: copy it, or paste one and press Enter"),
            "auto",
            session.go,
            continuous_update=False,
            **NARROW_LABEL,
        )

    def _make_buttons(self, say: Callable[[bool], None]) -> None:
        session = self.session
        self._in_words = self.choice(ToggleButton, tr("in words"), tr("say below what the pictures show"), "auto", say)
        self._buttons = {
            view: self.choice(
                ToggleButton,
                tr(view.replace("_", " ")),
                tr("show or hide the view {view}: {question}", view=view, question=tr(CLASSES[view].question)),
                "auto",
                lambda value, view=view: session.toggle_view(view, value),
            )
            for view in dict.fromkeys([*session.views, *VIEWS, *PAIRS])
        }

    def choice(
        self, kind: type, name: str, tooltip: str, width: str, change: Callable[[Any], None], **more: Any
    ) -> Any:
        """Return a control that calls something with its new value."""
        made = kind(description=name, tooltip=tooltip, layout=Layout(width=width), **more)
        changed = self.safely(change)
        made.observe(lambda event: changed(event["new"]), "value")
        return made

    def _keys(self) -> dict[str, Callable[[], Any]]:
        """Return what each key does."""
        session = self.session

        def beside(by: int) -> None:
            """Go to the time step at the right or the left."""
            session.step("time", -by if session.cursor.direction == "backward" else by)

        return {
            "ArrowRight": lambda: beside(1),
            "ArrowLeft": lambda: beside(-1),
            "PageDown": lambda: session.step("epoch", 1),
            "PageUp": lambda: session.step("epoch", -1),
            "]": lambda: session.step("phase", 1),
            "[": lambda: session.step("phase", -1),
            " ": session.playing.toggle,
        }


def parts(widget: Widget) -> Iterator[Widget]:
    """Iterate over a widget, all that is in it, and their layouts and styles: what is inside comes first."""
    for child in getattr(widget, "children", ()):
        yield from parts(child)
    for own in ("layout", "style"):
        if widget.has_trait(own) and getattr(widget, own):
            yield getattr(widget, own)
    yield widget


def _options(speeds: Sequence[float]) -> list[tuple[str, float]]:
    return [(tr("{speed} / s", speed=f"{speed:g}"), speed) for speed in speeds]
