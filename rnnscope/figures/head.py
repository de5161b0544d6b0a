"""The head of a picture: its title, the moment that it shows, and its verdict."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from matplotlib.artist import Artist

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.lettering import wrapped
from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.style import small
from rnnscope.findings.texts import why
from rnnscope.languages import tr
from rnnscope.trace import Moment
from rnnscope.trace.naming import epoch_in_words, has_few_inputs, inputs_in_words, sample_in_words, step_in_words

HEADINGS = 3.4
"""The room for the title and the moment, in font sizes."""

VERDICT_LINE = 1.4
"""The lines of the verdict below the moment are so many font sizes high."""


class Head:
    """The lines of text at the top of a canvas.

    Parameters
    ----------
    canvas
        What they stand in.
    lines
        How many of them are for the verdict.

    Attributes
    ----------
    title, when, said
        The title, the moment, and the lines of the verdict.
    """

    def __init__(self, canvas: Canvas, lines: int) -> None:
        self.title = canvas.line("top", 0.4, size=1.1 * canvas.em, bold=True)
        self.when = canvas.line("top", 1.9, size=small())
        self.said = [canvas.line("top", HEADINGS + VERDICT_LINE * k, size=canvas.em) for k in range(lines)]

    @property
    def moving(self) -> list[Artist]:
        """What a change of the moment moves."""
        return [self.when, *self.said]

    def say(self, lines: Sequence[str]) -> None:
        """Write the verdict, a text in each line."""
        for text, line in itertools.zip_longest(self.said, lines, fillvalue=""):
            text.set_text(line)


def head_height(lines: int) -> float:
    """Return the room for a head with so many lines for the verdict, in font sizes."""
    return HEADINGS + (VERDICT_LINE * lines + 0.4 if lines else 0)


def verdict_lines(canvas: Canvas, found: Sequence[str], most: int, *, spare: int = 0) -> list[str]:
    """Return sentences in at most so many lines: each in one if that fits, else fewer of them until they fit.

    The first `spare` ones are rather left out than all others.
    """
    figure, em, wide = canvas.figure, canvas.em, canvas.width() - 1.2
    if len(found) <= most and all(text_width(figure, sentence, em) <= wide for sentence in found):
        return list(found)
    tried = [found[:count] for count in range(len(found), spare, -1)]
    tried += [found[spare:count] for count in range(len(found), spare, -1)] if spare else []
    lines = (wrapped(figure, " ".join(some), wide, em) for some in [*tried, found[:spare]])
    return next((some for some in lines if len(some) <= most), [])


def in_words(moment: Moment, *, unit: bool, layer: bool = True) -> str:
    """Return epoch, sample and time step in words, and the unit if a single one is shown."""
    front = epoch_in_words(moment.trace, moment.epoch), sample_in_words(moment.trace, moment.sample)
    return ", ".join([*front, *_end(moment, unit=unit, layer=layer)])


def ways_to_say(moment: Moment, *, unit: bool, time: bool = True, layer: bool = True) -> list[str]:
    """Return a moment in words, the longest way first; what the sample is, is said by its name or by a few inputs.

    Parameters
    ----------
    moment
        The moment.
    unit, time
        Whether its unit and its time step are said.
    layer
        Whether time steps are those of its layer, which may read backwards, not those of the input.
    """
    trace, epoch = moment.trace, epoch_in_words(moment.trace, moment.epoch)
    end, short = (_end(moment, unit=unit, time=time, layer=layer, named=named) for named in (True, False))
    named, number = _ways_to_say_sample(moment)
    found = [[epoch, named, *end], [epoch, number, *end], [epoch, number, *short], [epoch, *short]]
    if not trace.labels.samples and has_few_inputs(trace):
        found.insert(0, [epoch, f"{number} ({inputs_in_words(trace, moment.sample)})", *end])
    return list(dict.fromkeys(", ".join(words) for words in found))


def with_remarks(ways: list[str], remarks: Sequence[str]) -> list[str]:
    """Return a moment in words, the longest way first, with remarks behind it, or as many as have room."""
    said = ["; ".join(remarks[:count]) for count in range(len(remarks), 0, -1)]

    def joined(words: str, remark: str) -> str:
        return f"{words} {remark[0].upper()}{remark[1:]}." if words.endswith(".") else f"{words}; {remark}"

    return [*(joined(words, remark) for remark in said for words in ways), *ways]


def with_reasons(ways: list[str], moment: Moment, *, unit: bool, sample: bool = True, layer: bool = True) -> list[str]:
    """Return a moment in words, the longest way first, with why it was chosen if it was; of what is shown alone.

    Why a sample was chosen is said only where it is said which one.
    """
    is_shown = {"layer": layer, "sample": sample, "unit": unit}
    what = why([name for name in moment.chosen if is_shown[name]])
    if not what:
        return ways
    names = _ways_to_say_sample(moment)
    full = [words for words in ways if any(name in words for name in names) or not sample]
    return [*(f"{words}. {what}" for words in full), *ways]


def _ways_to_say_sample(moment: Moment) -> tuple[str, str]:
    """Return which sample it is, with its name if it has one, and by its number alone."""
    return sample_in_words(moment.trace, moment.sample), tr("sample {sample}", sample=moment.sample)


def _end(moment: Moment, *, unit: bool, layer: bool, time: bool = True, named: bool = True) -> list[str]:
    """Return time step and unit in words, with the label of the time step if `named`."""
    step = step_in_words(moment, in_layer=layer) if named else moment.time
    return [tr("time step {step}", step=step)] * time + [tr("unit {unit}", unit=moment.unit)] * unit
