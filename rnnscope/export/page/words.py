"""The texts of the page itself: what its HTML and its script say, in the language that is spoken."""

from __future__ import annotations

from rnnscope.languages import language, noted, tr

WORDS = (
    noted("epoch"),
    noted("time step"),
    noted("phase"),
    noted("phase, {kind}"),
    noted("sample"),
    noted("layer"),
    noted("unit"),
    noted("direction"),
    noted("forward"),
    noted("backward"),
    noted("speed"),
    noted("{value} of {last}"),
    noted("{value} of {last} ({label})"),
    noted("{value} ({place} of {count})"),
    noted("one step back: {axis}"),
    noted("one step on: {axis}"),
    noted("play: {axis}"),
    noted("pause: {axis}"),
    noted("{count} / s"),
    noted("More"),
    noted("Less"),
    noted("Back"),
    noted("Next"),
    noted("{place} of {count}"),
    noted("Back to this stop"),
    noted(
        "Epoch {epoch}, sample {sample} ({inputs}), layer {layer}, time step {time}, unit {unit}, forward.",
    ),
    noted(
        "Epoch {epoch}, sample {sample} ({inputs}), layer {layer}, time step {time}, unit {unit}, backward.",
    ),
    noted("{number} ({label})"),
    noted("{name} = {value}: {meaning}"),
    noted("go to {name}: {meaning}"),
    noted("time step {time}"),
    noted("unit {unit}"),
    noted("epoch {epoch}"),
    noted("{name}: {trouble}"),
    noted("{name}: {question}"),
    noted("The page could not be opened: {why}."),
    noted("it needs a browser of 2023 or newer"),
    noted("The address says {field}={value}, which is not in this page: it was left out. Possible: {known}."),
    noted("The address says {field}, which this page does not know: it was left out. Possible: {known}."),
)
"""What the script says; it fills the braces."""


def words_of_script() -> dict[str, str]:
    """Return the texts of the script by their English."""
    return {text: tr(text) for text in WORDS}


def words_of_html() -> dict[str, str]:
    """Return the texts of the HTML by the name of their place."""
    return {
        "lang": language(),
        "noscript": tr("This page needs JavaScript; all of it is in this file, and nothing is fetched."),
        "guide": tr("A walk through the page"),
        "moment": tr("The moment"),
        "where": tr("Where to look"),
        "shown": tr("What is shown"),
        "more": tr("More"),
        "words": tr("In words"),
        "pictures": tr("The pictures"),
        "keys": tr("Keys:"),
        "key_time": tr("time step"),
        "key_epoch": tr("epoch"),
        "key_phase": tr("phase"),
        "key_play": tr("plays or pauses"),
        "key_stop": tr("stop before and after"),
        "hint": tr("A click in a picture goes there: to a unit, a time step, a gate."),
    }
