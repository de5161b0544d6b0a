"""What the buttons and verdicts of a lesson are called."""

from __future__ import annotations

from rnnscope.languages import noted, tr

WORDS = {
    "back": noted("Back"),
    "next": noted("Next"),
    "again": noted("From the start"),
    "stop": noted("Stop {number} of {count}"),
    "check": noted("Check"),
    "show": noted("Show me"),
    "guess": noted("Your guess"),
    "truth": noted("The answer"),
    "tolerance": noted("right within this range"),
    "worked": noted("Worked example"),
    "question": noted("Your turn"),
    "right": noted("Right: {shown}."),
    "off": noted("It is {shown}; you guessed {guess}."),
    "wrong": noted("It is {shown}; you chose {guess}."),
    "answer": noted("The answer is {shown}."),
    "gap": noted("Off by {gap}."),
    "points": noted("Off by {gap} percentage points."),
    "number": noted("Type a number first."),
    "choose": noted("Choose one first."),
    "go": noted("Move there with the controls of the pictures, and come back here: it is recognised."),
    "there": noted("You are there: {shown}."),
    "changed": noted("Changed now: {changes}."),
    "keys": noted("Keys: N for the next stop, P for the one before."),
    "done": noted("That was the last stop."),
}
"""By the name under which the script asks for it; what stands in braces is filled in by the script."""


def words() -> dict[str, str]:
    """Return them in the language that is spoken."""
    return {name: tr(text) for name, text in WORDS.items()}
