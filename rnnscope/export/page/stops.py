"""The walk through a page: stops that go to a moment, show some views, and say what is to be seen there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from rnnscope.export.page.contents import Contents
from rnnscope.findings import Topic, answers, gates, memory, sentences
from rnnscope.findings.wording import gates_of, named, percent
from rnnscope.languages import tr
from rnnscope.trace import Cursor, Moment

INPUTS = ("cell", "equation", "network")
LEARNED = ("training", "weights", "gate_history", "units")
GATES = ("gates", "cell", "gate_history")
MEMORY = ("memory", "cell")
ANSWER = ("cell", "equation", "influence", "network")
"""What some stops show, as far as it is in the page."""


@dataclass(frozen=True)
class Stop:
    """A stop: plain data that the page's script reads.

    Attributes
    ----------
    title, text
        What is to be seen; the text is in sentences.
    moment
        The moment as an address says it: `epoch`, `layer`, `sample`, `time`, `phase`, `unit`, `direction`; what it
        leaves out stays as it is.
    views
        Names of the views that are shown; all of the page if there are none.
    says
        What is said of each trace: what it is called, and the sentences.
    """

    title: str
    text: str
    moment: dict[str, Any] = field(default_factory=dict)
    views: Sequence[str] = ()
    says: Sequence[tuple[str, str]] = ()


def stops_of(contents: Contents, views: Iterable[str]) -> list[dict[str, Any]]:
    """Return the stops of the walk through a page with some views, as plain data."""
    there = list(views)
    made = [make(_Story(contents)) for make in (_inputs, _before, _opened, _kept, _answered, _learned, _own)]
    return [{**asdict(stop), "views": [name for name in stop.views if name in there]} for stop in made]


class _Story:
    """What the stops tell of: the traces of a page, where each of them begins and ends."""

    def __init__(self, contents: Contents) -> None:
        self.contents, self.extent, self.walk = contents, contents.extent, contents.walk
        self.sample = self.walk.at(Cursor(layer=self.walk.layers[0])).moments[0].sample
        self.sample = self.sample if self.sample in self.extent.samples else self.extent.samples[0]
        self.ends = self.extent.epochs[0], self.extent.epochs[-1]

    def moments(self, epoch: int, layer: str, time: int) -> list[Moment]:
        """Return the moment of every trace."""
        cursor = Cursor(epoch=epoch, layer=layer, sample=self.sample, time=time)
        return self.walk.at(cursor).moments

    def last(self, epoch: int) -> list[Moment]:
        """Return the last moment of an epoch of every trace: where the answer is made."""
        layer = self.walk.layers[-1]
        way = self.moments(epoch, layer, 0)[0].way
        return self.moments(epoch, layer, self.walk.steps_in(layer) - 1 if way > 0 else 0)

    def says(self, moments: Sequence[Moment], topics: Sequence[Topic], most: int = 2) -> list[tuple[str, str]]:
        """Return what topics say of the moment of every trace."""
        return [
            (name, said)
            for name, moment in zip(self.contents.traces, moments, strict=True)
            if (said := " ".join(sentences(moment, topics, most)))
        ]

    def leading(self) -> int:
        """Return the number of the trace whose cell has most gates."""
        traces = self.walk.traces
        return max(range(len(traces)), key=lambda k: len(gates_of(traces[k].recurrent_layers[0])))


def _address(moment: Moment, **others: Any) -> dict[str, Any]:
    """Return a moment as an address says it."""
    found = {name: getattr(moment, name) for name in ("epoch", "sample", "time")}
    return {**found, "layer": moment.layer.name, "direction": "forward", **others}


def _inputs(story: _Story) -> Stop:
    layer = story.walk.layers[0]
    first = story.moments(story.ends[0], layer, 0)[0]
    moment = first if first.way > 0 else first.but(time=story.walk.steps_in(layer) - 1)
    text = tr("The net reads one input after the other. Here the first layer reads the first one, before any training.")
    return Stop(tr("Where the inputs come in"), text, _address(moment, phase=moment.layer.phases[0]), INPUTS)


def _before(story: _Story) -> Stop:
    moments = story.last(story.ends[0])
    text = tr("Nothing is learned yet: weights are as they were drawn at random, and so is what the net answers.")
    says = story.says(moments, [answers.answer])
    return Stop(tr("Before training"), text, _address(moments[0]), LEARNED, says)


def _opened(story: _Story) -> Stop:
    """Go to the gate that training changed most; without gates, say so."""
    k, found = story.leading(), []
    for layer in story.walk.layers:
        for moment in story.moments(story.ends[1], layer, 0)[k : k + 1]:
            before, after = (moment.but(epoch=epoch) for epoch in story.ends)
            for gate in gates_of(moment.layer):
                means = [np.nanmean(each.layer[gate][each.run], axis=-1) for each in (before, after)]
                time = int(np.nanargmax(np.abs(means[1] - means[0])))
                found.append((abs(means[1][time] - means[0][time]), gate, means[0][time], means[1][time], moment, time))
    if not found:
        last = story.last(story.ends[1])
        text = tr("A cell without gates makes its state anew at every time step.")
        return Stop(tr("There is no gate"), text, _address(last[0]), GATES, story.says(last, [gates.lack]))
    _, gate, before, after, moment, time = max(found, key=lambda each: each[0])
    parts = {"gate": named(moment.layer, gate), "layer": moment.layer.name, "time": time}
    parts |= {"before": percent(before), "after": percent(after)}
    sentence = tr(
        "{gate} of layer {layer} is {after} open on average at time step {time}; before training it was {before}.",
        **parts,
    )
    title = tr("The gate that opened") if after > before else tr("The gate that closed")
    text = tr("Training changed this gate more than any other.")
    name = list(story.contents.traces)[k]
    return Stop(title, text, _address(moment.but(time=time), phase=gate), GATES, [(name, sentence)])


def _kept(story: _Story) -> Stop:
    last = story.last(story.ends[1])
    text = tr("What a state holds at the end was written by several time steps; the bars say how much is left of each.")
    says = story.says(last, [memory.written, memory.kept, memory.lack])
    return Stop(tr("Where memory is kept"), text, _address(last[0]), MEMORY, says)


def _answered(story: _Story) -> Stop:
    last = story.last(story.ends[1])
    text = tr("After the last input the last layer hands on what it has made of all of them.")
    phase = last[0].layer.cell.output
    address = _address(last[0], **({"phase": phase} if phase in last[0].layer.phases else {}))
    return Stop(tr("How the answer comes about"), text, address, ANSWER, story.says(last, [answers.answer]))


def _learned(story: _Story) -> Stop:
    last = story.last(story.ends[1])
    text = tr("Move the epoch back and forth to see how the answers changed while it learned.")
    return Stop(tr("How it learned"), text, _address(last[0]), LEARNED, story.says(last, [answers.loss]))


def _own(story: _Story) -> Stop:
    text = tr(
        "All views are shown now. Step through phases, time steps and epochs with the buttons below or with keys; "
        "a click in a picture goes to what is there."
    )
    return Stop(tr("Look around"), text)
