"""What an explorer is made of on the screen: dials, panels, a line for messages."""

from __future__ import annotations

import html
import traceback
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Box, Button, HBox, Image, IntSlider, Label, Layout, VBox

from rnnscope.languages import tr

NARROW_BUTTON = {"width": "2.6em", "padding": "0"}
NARROW_LABEL = {"style": {"description_width": "4em"}}


class Dial:
    """A row to choose one of several places in order: a slider, and buttons to step back, play, and step on.

    Parameters
    ----------
    name
        What is chosen.
    moved, stepped, played
        Are called with the new place, with −1 or 1, and when the play button is pressed.
    """

    def __init__(
        self,
        name: str,
        moved: Callable[[int], None],
        stepped: Callable[[int], None] | None = None,
        played: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.slider = IntSlider(
            min=0,
            max=1,
            readout=False,
            tooltip=tr("{name}: drag, or use the arrows on the keyboard", name=name),
        )
        self.slider.observe(lambda change: moved(change["new"]), "value")
        self.readout = Label(layout=Layout(width="10em", overflow="hidden"))
        self.back = _narrow("step-backward", tr("one step back: {name}", name=name))
        self.start = _narrow("play", tr("play: {name}", name=name))
        self.on = _narrow("step-forward", tr("one step on: {name}", name=name))
        buttons = (self.back, self.start, self.on)
        if stepped and played:
            self.back.on_click(lambda _: stepped(-1))
            self.start.on_click(lambda _: played())
            self.on.on_click(lambda _: stepped(1))
        else:
            for button in buttons:
                button.layout.visibility = "hidden"
        steps = HBox(buttons).add_class("rnnscope-steps")
        self.box = HBox([steps, self.slider, self.readout], layout=Layout(align_items="center"))
        self.box.add_class("rnnscope-dial")

    def show(self, name: str, count: int, place: int, label: str) -> None:
        """Show how many places there are, and one of them as chosen, with what it is called."""
        last = max(1, count - 1)
        if self.slider.max != last:
            self.slider.value = min(self.slider.value, last)
            self.slider.max = last
        self.slider.disabled = count == 1
        self.slider.description, self.slider.value, self.readout.value = name, place, label

    def show_playing(self, is_playing: bool) -> None:
        """Turn the play button into one that pauses, or back."""
        self.start.icon = "pause" if is_playing else "play"
        self.start.tooltip = tr("pause: {name}", name=self.name) if is_playing else tr("play: {name}", name=self.name)


def _narrow(icon: str, tooltip: str) -> Button:
    """Return a button that has an icon and no words."""
    return Button(icon=icon, tooltip=tooltip, layout=Layout(**NARROW_BUTTON))


def button(words: str, tooltip: str, pressed: Callable[[], None], **more: Any) -> Button:
    """Return a button as wide as its words that calls something."""
    made = Button(description=words, tooltip=tooltip, layout=Layout(width="auto"), **more)
    made.on_click(lambda _: pressed())
    return made


class Panel:
    """A place for the picture of one view, below its question; if the view cannot be drawn it says why.

    Parameters
    ----------
    view, question
        The name of the view, which the page says of a click, and what it answers.
    """

    def __init__(self, view: str, question: str) -> None:
        self.image = Image(format="png", layout=Layout(max_width="100%", height="auto", object_fit="contain"))
        self.trouble = HTML()
        asked = html.escape(question, quote=False)
        self.heading = HTML(f'<div role="heading" aria-level="4" class="rnnscope-question">{asked}</div>')
        self.held = Box([self.image], layout=Layout(max_width="100%")).add_class(f"rnnscope-view-{view}")
        self.box = VBox([self.heading, self.held], layout=Layout(max_width="100%", margin="0 0.6em 0.8em 0"))

    @property
    def png(self) -> bytes:
        """The picture that it shows; nothing if it shows a text."""
        return self.image.value if self.image in self.held.children else b""

    def show(self, png: bytes) -> None:
        """Show a picture."""
        if self.image.value != png:
            self.image.value = png
            self.image.width = str(int.from_bytes(png[16:20], "big"))  # where a PNG has it
        self._hold(self.image)

    def fail(self, text: str, error: BaseException | None = None) -> None:
        """Show a text in its place."""
        self.trouble.value = note(text, error)
        self._hold(self.trouble)

    def _hold(self, widget: Image | HTML) -> None:
        if self.held.children != (widget,):
            self.held.children = (widget,)


def note(text: str, error: BaseException | None = None) -> str:
    """Return a message as HTML; of an error, where it was raised can be unfolded."""
    folded = ""
    if error is not None:
        where = html.escape("".join(traceback.format_exception(error)))
        said = html.escape(tr("where"))
        folded = f"<details><summary>{said}</summary><pre style='overflow:auto'>{where}</pre></details>"
    style = "border-left:4px solid #b3261e; padding:0.3em 0.8em; margin:0.3em 0; line-height:1.4"
    return f'<div role="alert" style="{style}">{html.escape(text)}{folded}</div>'
