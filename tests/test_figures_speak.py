"""Every word that pictures show goes through the catalogue of the language that is spoken."""

import gettext
import re
from functools import cache

import numpy as np
import pytest
from matplotlib.text import Text
from pictures import trained
from pseudo import CLOSE, OPEN, Marking, outside
from rows import mostly_slow

import rnnscope as rs
from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.registry import CLASSES
from rnnscope.languages import speaking

SINGLE = [name for name, view in CLASSES.items() if not view.pairs]
CURVES = ("gate_history", "gradient_flow", "memory", "training")
DIRECTIONS = ("forward", "backward")
CELLS = ("LSTM", "GRU", "SimpleRNN")

PLACE = re.compile(r"(\{[^{}]*\})")
WORD = re.compile(r"[A-Za-z]{4,}")

NAMES = re.compile(
    # layers, kinds of layers and how two directions are merged; names that users give, here to classes
    r"\b(lstm|dense|embedding|simple_rnn|bidirectional(\.forward|\.backward)?|LSTM|SimpleRNN|Dense|Embedding"
    r"|Bidirectional|Merge|concat|red|green|blue)\b"
    # functions, symbols, and what a user types
    r"|\btanh\b|keep_h|∂L/∂output|\bgradients=True|fit\(\.\.\., record=rs\.Record\(weights=True\)\)|weights=True"
)


class Pseudo(Marking):
    """Puts every text into brackets, without what is put into it."""

    def gettext(self, message):
        """Return a text in brackets."""
        parts = PLACE.split(message)
        return "".join(part if PLACE.fullmatch(part) or not part.strip() else f"{OPEN}{part}{CLOSE}" for part in parts)


class Seen(set):
    """The texts that were shown, or would have been if there had been more room."""

    def look_at(self, figure):
        """Add the texts of a picture, with its words and all that it explains."""
        self.update(text.get_text() for text in figure.findobj(Text))
        self.update(figure.alt.splitlines())
        self.add(figure.title)
        for view in figure.views:
            self.update(view.titles())
            for own in getattr(view, "views", {"": view}).values():
                self.update(own.when())
                self.update(words for note in own.notes() for words in (*note.ways, note.before))

    def untranslated(self):
        """Return the texts with words outside of the brackets, with these words."""
        found = {text: WORD.findall(without_names(text)) for text in self}
        return {text: words for text, words in found.items() if words}


def without_names(text):
    """Return what of a text is neither in brackets nor a formula nor a name."""
    return NAMES.sub("", outside(re.sub(r"\$[^$]*\$", "", text)))


@pytest.fixture
def seen(monkeypatch):
    """All that is shown in a test, in the pseudo-language; without verdicts, which are tested where they are made."""
    found, fit = Seen(), Canvas.fit
    monkeypatch.setattr("rnnscope.languages.translation.catalogue", lambda _: Pseudo())
    monkeypatch.setattr("rnnscope.figures.view.sentences", lambda *_: [])
    monkeypatch.setattr(CLASSES["difference"], "sentences", lambda _: [])
    monkeypatch.setattr("rnnscope.figures.head.why", lambda _: "")

    def fitted(canvas, text, variants, ems):
        found.update(variants)
        fit(canvas, text, variants, ems)

    monkeypatch.setattr(Canvas, "fit", fitted)
    return found


@cache
def trace_of(cell):
    """Return the trace of a small training."""
    if cell != "tokens":
        task = rs.tasks.counting()
        layer = getattr(rs, cell)(4, input_shape=(4, 1))
        return trained(layer, record=rs.Record(every=2, weights=True), validation_data=(task.unseen, task.unseen_y))
    rng = np.random.default_rng(1)
    x, y = rng.integers(1, 9, (12, 6)), np.eye(3)[rng.integers(0, 3, 12)]
    x[:, 4:] = 0
    both = rs.layers.Bidirectional(rs.GRU(4, return_sequences=True, recurrent_dropout=0.3))
    layers = rs.layers.Embedding(9, 4, mask_zero=True), both, rs.LSTM(30), rs.Dense(3, activation="softmax")
    model = rs.Sequential(layers)
    model.compile("adam", "categorical_crossentropy")
    labels = rs.Labels(classes=["red", "green", "blue"])
    return model.fit(x, y, epochs=2, verbose=0, labels=labels, record=rs.Record(weights=True))


@mostly_slow(cell=[*CELLS, "tokens"], quick=("LSTM", "tokens"))
@pytest.mark.parametrize("name", SINGLE)
def test_every_word_of_a_view_is_translated(name, cell, seen):
    trace = trace_of(cell)
    for direction in DIRECTIONS:
        figure = getattr(rs.figures, name)(trace, rs.Cursor(direction=direction))
        seen.look_at(figure)
        figure.update(rs.Cursor(direction=direction, epoch=0, time=0))
        seen.look_at(figure)
    assert "⟦" in figure.alt
    assert not seen.untranslated()


@pytest.mark.parametrize("name", SINGLE)
def test_every_word_of_a_view_of_one_moment_and_one_sample_is_translated(name, seen):
    options = {"update": {"samples": "one"}, "gates": {"order": "activity"}, "gradient_flow": {"relative": False}}
    options = options.get(name, {})
    bare = rs.Sequential([rs.SimpleRNN(4, input_shape=(4, 1)), rs.Dense(1)]).trace(rs.tasks.counting().x)
    for trace in (bare, trace_of("LSTM")):
        if trace is bare and name in ("gradient_flow",):  # without gradients it is refused
            continue
        seen.look_at(getattr(rs.figures, name)(trace, rs.Cursor(time=1), **options))
    assert not seen.untranslated()


@pytest.mark.parametrize("name", CURVES)
def test_every_word_of_curves_over_each_other_is_translated(name, seen):
    seen.look_at(rs.figures.compare({cell: trace_of(cell) for cell in CELLS}, name, layout="overlay"))
    assert not seen.untranslated()


@mostly_slow(name=SINGLE, quick=("cell", "weights"))
def test_every_word_of_views_beside_each_other_is_translated(name, seen):
    seen.look_at(rs.figures.compare({cell: trace_of(cell) for cell in CELLS}, name, layout="side"))
    assert not seen.untranslated()


def test_every_word_of_a_difference_is_translated(seen):
    for cell, layer in (("LSTM", "lstm"), ("tokens", "lstm")):
        trace = trace_of(cell)
        changed = rs.what_if(trace, rs.Hold(layer, "f", 0.0, time=2))
        for direction in DIRECTIONS:
            seen.look_at(rs.figures.compare({"a": trace, "b": changed}, "difference", rs.Cursor(direction=direction)))
    for name in ("cell", "gates", "network"):
        seen.look_at(getattr(rs.figures, name)(changed, rs.Cursor(layer=layer, time=2, phase="f")))
    assert not seen.untranslated()


def test_every_word_of_races_and_ablations_is_translated(seen):
    task = rs.tasks.counting()
    race = rs.race(rs.tasks.recall(3), ("SimpleRNN", "LSTM"), units=2, epochs=1, seeds=2, jobs=1, verbose=0)
    model = rs.Sequential.from_trace(trace_of("LSTM"))
    model.compile("adam", "mse")
    for figure in (race.figure(), rs.ablate(model, task.x, task.y).figure()):
        texts = {text.get_text() for text in figure.findobj(Text)}
        assert figure.title in texts
        seen |= texts  # the table in its words is that of the race itself
    assert not seen.untranslated()


@mostly_slow(name=SINGLE, quick=("gates",))
def test_a_view_is_drawn_in_a_language_whose_catalogue_lacks_its_texts(name):
    with speaking("ko"):
        figure = getattr(rs.figures, name)(trace_of("LSTM"), rs.Cursor())
        assert figure.alt
        figure.update(rs.Cursor(time=0))


def test_a_picture_speaks_the_language_of_the_moment_that_it_is_moved_to(monkeypatch):
    known = {"en": gettext.NullTranslations(), "ko": Pseudo()}
    monkeypatch.setattr("rnnscope.languages.translation.catalogue", known.__getitem__)
    figure = rs.figures.gates(trace_of("GRU"), rs.Cursor(time=1))
    english = figure.views[0].headings[0].get_text()
    assert english == figure.title
    with speaking("ko"):
        figure.update(rs.Cursor(time=2))
        assert "⟦" in figure.views[0].headings[0].get_text()
    figure.update(rs.Cursor(time=2))
    assert figure.views[0].headings[0].get_text() == english
