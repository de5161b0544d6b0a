"""Lessons: every number that is asked for against NumPy, all of them in both languages, and files that are wrong."""

from __future__ import annotations

import html
import json
import re
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.languages import names as languages
from rnnscope.languages import speaking, tr
from rnnscope.lessons.here import Here
from rnnscope.lessons.measures import MEASURES, Asked
from rnnscope.lessons.moments import KEYS, WORDS, moment_at
from rnnscope.lessons.needs import NEEDS, Lacking
from rnnscope.lessons.nets import trace_of
from rnnscope.lessons.questions import KINDS
from rnnscope.lessons.questions.question import COMMON
from rnnscope.lessons.reading import FOLDER, LAYER, NET, STOP
from rnnscope.lessons.variants import COMPARISONS

KERAS = Path(__file__).parent / "golden" / "keras_models"
NAMES = rs.lessons.names()
COURSE = ("SimpleRNN", "LSTM", "GRU")

# ------------------------------------------------------------------------------------------------------------- traces


@cache
def trained(cell, task="counting", **options):
    """A trace of a training of a few epochs in which all weights were kept."""
    found = getattr(rs.tasks, task)(**options)
    layer = getattr(rs.layers, cell)(5, input_shape=found.x.shape[1:])
    model = rs.Sequential([layer, rs.Dense(1)], seed=1, dtype="float64")
    model.compile(rs.optimizers.Adam(learning_rate=0.02), "mse")
    return model.fit(found.x, found.y, epochs=40, verbose=0, record=rs.Record(every=4, weights=True))


@cache
def keras(stem):
    """The trace of one pass of a model that Keras wrote."""
    with np.load(KERAS / f"{stem}.npz") as arrays:
        x, y = arrays["x"], arrays.get("y")
    return rs.look_inside(KERAS / f"{stem}.keras", x, y, loss=None if y is None else "mse")


def thirty(cell):
    """A trace of 30 time steps."""
    return trained(cell, "recall", lag=29, samples=8, unseen=4)


@cache
def own(name):
    """The trace of a lesson's own net."""
    return trace_of(rs.lessons.read(name).net, name)


TRACES = {
    **{f"counting-{cell}": lambda cell=cell: trained(cell) for cell in COURSE},
    **{f"thirty-{cell}": lambda cell=cell: thirty(cell) for cell in COURSE},
    "keras-activations": lambda: keras("activations"),
    "keras-masked": lambda: keras("masked_stack"),
}

# ---------------------------------------------------------------------------------- what a measure is, computed anew


def at(moment, name):
    """A quantity at the moment, (unit,)."""
    return moment.layer[meant(moment, name)][moment.place, moment.sample, moment.time].astype(float)


def meant(moment, name):
    """The quantity that is meant."""
    if name in ("memory", "output"):
        return "c" if name == "memory" and moment.layer.kind == "LSTM" else "h"
    return name or moment.phase


def counting_steps(moment):
    """The steps of the sample that are not masked."""
    mask = moment.layer.mask
    return np.arange(moment.steps) if mask is None else np.flatnonzero(mask[moment.sample])


def step_of(moment, of):
    """The number of a time step that a lesson names."""
    read = counting_steps(moment)
    return {"first": read[0], "last": read[-1]}.get(of, of)


def way(moment, state):
    """What a state is multiplied by at each time step, and what is written into it, (time, unit) each."""
    layer, run = moment.layer, (moment.place, moment.sample)
    a, b, c = {"LSTM": ("f", "i", "g"), "GRU": ("z", None, "g")}[layer.kind]
    kept = layer[a][run].astype(float)
    written = (layer[b][run].astype(float) if b else 1 - kept) * layer[c][run].astype(float)
    counts = np.isin(np.arange(moment.steps), counting_steps(moment))[:, None]
    return np.where(counts, kept, 1.0), np.where(counts, written, 0.0)


def amounts(moment, state, of):
    """What a time step wrote, and what each step's is at the moment, (step, unit)."""
    kept, written = way(moment, state)
    now = [written[k] * kept[k + 1 : moment.time + 1].prod(axis=0) for k in range(moment.time + 1)]
    return written, np.array(now), step_of(moment, of)


def left(moment, state="memory", of="first"):
    written, now, k = amounts(moment, state, of)
    return np.abs(now[k]).sum() / np.abs(written[k]).sum()


def share(moment, state="memory", of="first"):
    _, now, k = amounts(moment, state, of)
    return np.abs(now[k]).sum() / np.abs(now).sum()


def change_left(moment, state="memory", of="first"):
    """The Jacobian by differences: the states of the net with one unit moved at the step."""
    name, k = meant(moment, state), int(step_of(moment, of))
    layer, trace, run = moment.layer, moment.trace, (moment.place, moment.sample)
    plain, eps = layer[name][run][k].astype(float), 1e-5
    columns = []
    for unit in range(layer.units):
        ends = []
        for sign in (1, -1):
            values = plain.copy()
            values[unit] += sign * eps
            held = rs.Hold(layer.name, name, values, time=[k], samples=[moment.sample])
            ends.append(rs.what_if(trace, held, epoch=moment.epoch)[layer.name][name][0, moment.sample, moment.time])
        columns.append((ends[0].astype(float) - ends[1].astype(float)) / (2 * eps))
    return np.linalg.norm(columns) / np.sqrt(layer.units)


def norms(moment, state):
    gradients = moment.layer.grad[meant(moment, state)][moment.place, moment.sample].astype(float)
    return np.sqrt((gradients[counting_steps(moment)] ** 2).sum(axis=1))


def blocks_of(moment, weight):
    """The blocks of a kind of weight, as arrays, from the weights that were kept."""
    array = {"W": "kernel", "U": "recurrent_kernel"}[weight[0]]
    fused = moment.layer.weights(int(moment.trace.snapshots.epochs[-1]))[array]
    return np.split(fused, fused.shape[1] // moment.layer.units, axis=1)


def parameters(moment):
    return sum(array.size for array in moment.layer.weights(int(moment.trace.snapshots.epochs[-1])).values())


def formula(moment, cell="", inputs=1, hidden=300):
    """Of the moment's cell with its options, or of another one as it is by default."""
    options = {} if cell else moment.layer.options
    biases = 1 if options.get("use_bias", True) else 0
    if (cell or moment.layer.kind) == "GRU" and options.get("reset_after", True):
        biases *= 2
    return hidden * {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[cell or moment.layer.kind] * (inputs + hidden + biases)


def course_net(moment, cell="", inputs=1, hidden=300, layers=2):
    rest = (layers - 1) * formula(moment, cell, hidden, hidden)
    return formula(moment, cell, inputs, hidden) + rest + hidden + 1


def answer(moment):
    found = moment.trace.predictions[moment.place, moment.sample]
    found = found[moment.time] if moment.trace.predictions.ndim == 4 else found
    return float(np.ravel(found)[0])


def target(moment):
    return float(np.ravel(moment.trace.y[moment.sample])[0])


def near_ends(values, low, high):
    return ((values < low + 0.05) | (values > high - 0.05)).mean()


def saturation(moment, quantity=""):
    name = quantity or moment.phase
    values = moment.layer[name][moment.place, :, moment.time]
    return near_ends(values, -1.0 if name in ("g", "h") else 0.0, 1.0)


def gate_names(moment):
    return {"SimpleRNN": [], "LSTM": ["i", "f", "o"], "GRU": ["z", "r"]}[moment.layer.kind]


def moved(moment, quantity=""):
    values = moment.layer[quantity or moment.phase].astype(float)
    return np.abs(values[moment.place] - values[0]).mean()


def masked(moment):
    return moment.steps - len(counting_steps(moment))


EXPECTED = {
    "value": lambda m, quantity="": at(m, quantity)[m.unit],
    "mean": lambda m, quantity="": np.mean(at(m, quantity)),
    "size": lambda m, quantity="": np.mean(np.abs(at(m, quantity))),
    "before": lambda m, state="memory": (
        m.layer[meant(m, state)][m.place, m.sample, m.time - 1, m.unit] if m.time else 0.0
    ),
    "pre": lambda m, quantity="": m.layer.pre[quantity or m.phase][m.place, m.sample, m.time, m.unit],
    "moved": moved,
    "open_units": lambda m, quantity="", above=0.5: np.mean(at(m, quantity) > above),
    "saturation": saturation,
    "stuck_gates": lambda m: np.mean([near_ends(m.layer[g][m.place, :, m.time], 0, 1) for g in gate_names(m)]),
    "left": left,
    "share": share,
    "change_left": change_left,
    "gradient_share": lambda m, state="memory": norms(m, state)[0] / norms(m, state)[-1],
    "gradient_factor": lambda m, state="memory": np.exp(
        np.log(norms(m, state)[0] / norms(m, state)[-1]) / (len(counting_steps(m)) - 1)
    ),
    "gradient": lambda m, quantity="": np.linalg.norm(
        m.layer.grad[meant(m, quantity)][m.place, m.sample, m.time].astype(float)
    ),
    "power": lambda m, base=0.5: np.prod([base] * (len(counting_steps(m)) - 1)),
    "answer": answer,
    "target": target,
    "off": lambda m: abs(answer(m) - target(m)),
    "classes": lambda m: 0,
    "loss": lambda m: m.trace.loss[m.place],
    "spread": lambda m: np.ptp(m.trace.predictions[m.place][..., 0]),
    "spread_share": lambda m: np.ptp(m.trace.predictions[m.place][..., 0]) / np.ptp(m.trace.y[..., 0]),
    "input": lambda m, feature=0: m.trace.x[m.sample, m.time, feature],
    "largest_input": lambda m: np.max(np.abs(m.trace.x)),
    "masked": masked,
    "counted": lambda m: len(counting_steps(m)),
    "is_masked": lambda m: float(m.time not in counting_steps(m)),
    "gates": lambda m: len(gate_names(m)),
    "steps": lambda m: m.layer["h"].shape[2],
    "step": lambda m: m.time,
    "epoch": lambda m: m.trace.epochs[m.place],
    "unit": lambda m: m.unit,
    "units": lambda m: m.layer["h"].shape[3],
    "samples": lambda m: len(m.trace.x),
    "features": lambda m: m.layer.weights(int(m.trace.snapshots.epochs[-1]))["kernel"].shape[0],
    "option": lambda m, name="return_sequences": float(m.layer.options[name]),
    "parameters": parameters,
    "net_parameters": lambda m: sum(a.size for a in m.trace.weights(int(m.trace.snapshots.epochs[-1]))),
    "block": lambda m, weight="": blocks_of(m, weight)[0].size,
    "blocks": lambda m, weight="U": len(blocks_of(m, weight)),
    "kept_numbers": lambda m: m.layer["h"][0, 0].size,
    "formula": formula,
    "course_net": course_net,
}


def test_every_measure_is_computed_anew_here():
    assert set(EXPECTED) == set(MEASURES)
    assert all(measure.meaning.endswith(".") for measure in MEASURES.values())


def moment_of(here, asked, **changes):
    """The moment of a measure: that of the stop, with what the measure says of it (words have tests of their own)."""
    return moment_at({**asked.at, **changes}, here.trace, here.layer, here.moment)


def computed(here, asked, arguments=(), **changes):
    """What a measure is, by NumPy."""
    moment = moment_of(here, asked, **changes)
    return float(EXPECTED[asked.measure.name](moment, **{**asked.arguments, **dict(arguments)}))


def agrees(found, expected):
    assert found == pytest.approx(expected, rel=2e-4, abs=2e-5)


def all_measures(lesson):
    """Every measure that a lesson asks for: declared ones, and those that texts name as they are."""
    texts = [t for s in lesson.stops for t in (s.text, *(v.text for v in s.also))]
    texts += [t for s in lesson.stops if s.question for t in (s.question.ask, s.question.after) if t]
    places = {place for text in texts for place in text.places} & set(MEASURES)
    return {**{name: Asked(MEASURES[name]) for name in places}, **lesson.measures}


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_right(name, trace):
    """The answers of all questions, and the numbers in texts, against NumPy."""
    lesson, found = rs.lessons.read(name), TRACES[trace]()
    lecture, count = rs.lessons.lecture(lesson, found), 0
    layer = next((found[s.moment.layer.name] for s in lecture.stops if s.moment), None)
    for shown in (stop for stop in lecture.stops if stop.moment):
        stop = next(own for own in lesson.stops if own.title.fill() == shown.title)
        own = layer if lesson.cells or lesson.quantities else shown.moment.layer
        here = Here(shown.moment, own, lesson.measures)
        if stop.question:
            check_question(here, stop.question, shown.question)
            count += 1
        for asked in all_measures(lesson).values():
            try:
                value = here.find(asked).value
            except Lacking:
                continue
            agrees(value, computed(here, asked))
    assert count or len(lecture.stops) == 1, "a lesson that can be held has questions"


def check_question(here, question, data):
    """Check what a question takes for true."""
    asked, kind = question.measure, question.kind
    if kind == "number":
        agrees(data["truth"], computed(here, asked) * (100 if data["unit"] == "%" else 1))
    elif kind == "what_if":
        holds = held(here.moment, question.change)
        changed = rs.what_if(here.trace, *holds, epoch=here.moment.epoch)
        after = Here(here.moment.cursor.at(changed), changed[here.layer.name], here.declared)
        was, now = computed(here, asked), computed(after, asked)
        agrees([number["value"] for number in data["numbers"]], [was, now])
        assert data["right"] == [2 if abs(now - was) <= 0.02 * abs(was) else int(now < was)]
    else:
        values = [choice["value"] for choice in data["choices"]]
        agrees(values, [computed(here, asked, **place) for place in places_of(here, question, data)])
        best = max(values) if question.pick == "largest" else min(values)
        near = max(question.tolerance, question.relative * np.ptp(values))
        assert data["right"] == [k for k, value in enumerate(values) if abs(value - best) <= near]
        assert values[data["truth"]] == best and len(data["right"]) < len(values)


def places_of(here, question, data):
    """Where a measure is taken for each choice, as arguments of `computed`."""
    over = question.of if question.kind == "which" else question.over
    moment, count = here.moment, len(data["choices"])
    if over == "gate":
        return [{"arguments": {"quantity": gate}.items()} for gate in gate_names(moment)]
    if over == "unit":
        return [{"unit": int(choice["name"].split()[-1])} for choice in data["choices"]]
    steps = counting_steps(moment).tolist() if question.kind == "which" else list(range(moment.steps))
    found = here.trace.epochs.tolist() if over == "epoch" else steps
    assert len(found) == count
    return [{"epoch" if over == "epoch" else "time": place} for place in found]


def held(moment, change):
    """What is held for a question, written out by hand."""
    name, kind = moment.layer.name, moment.layer.kind
    written = {
        ("forget_at_once", "LSTM"): [("f", 0.0)],
        ("forget_at_once", "GRU"): [("z", 0.0)],
        ("remember_for_ever", "GRU"): [("z", 1.0)],
        ("no_reset", "GRU"): [("r", 1.0)],
        ("", "SimpleRNN"): [("h", 0.0)],
        ("", "LSTM"): [("h", 0.0)],
        ("", "GRU"): [("h", 0.0)],
    }[change.preset, kind]
    time = None if change.time is None else int(step_of(moment, change.time))
    return [rs.Hold(name, gate, value, time=time) for gate, value in written]


@pytest.mark.parametrize("trace", TRACES)
def test_measures_that_no_lesson_asks_for(trace):
    """Those are right too: a teacher may ask for any."""
    found = TRACES[trace]()
    for layer in found.recurrent_layers:
        moment = rs.Cursor(layer=layer.name, unit=0).at(found)
        for name, measure in MEASURES.items():
            here = Here(moment, layer, {})
            asked = Asked(measure)
            if name in ("block", "saturation", "change_left"):  # without arguments they mean what is not computed here
                continue
            try:
                value = here.find(asked).value
            except Lacking:
                continue
            agrees(value, computed(here, asked))


# ------------------------------------------------------------------------------------------------------------ lessons


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_lessons_of_the_library_are_whole(name, lang):
    """On its own net nothing is left out, and all of it can be sent to a page."""
    lesson = rs.lessons.read(name)
    lecture = rs.lessons.lecture(lesson, own(name), lang=lang)
    assert len(lecture.stops) == len(lesson.stops) and not lecture.stops[0].lacks
    assert 6 <= len(lesson.stops) <= 10
    data = json.loads(json.dumps(lecture.data(), allow_nan=False))
    assert data["lang"] == lang and len(data["stops"]) == len(lesson.stops)
    for stop in data["stops"]:
        texts = [stop["html"], *(stop["question"] or {}).values()]
        assert not re.search(r"[{}]|\*\*|`", " ".join(text for text in texts if isinstance(text, str)))


@pytest.mark.parametrize("name", NAMES)
def test_lessons_of_the_library_read_well(name):
    """Short texts, in every language, an example that is worked first, and then questions."""
    lesson = rs.lessons.read(name)
    for stop in lesson.stops:
        texts = [stop.title, stop.text, *(v.text for v in stop.also)]
        texts += [stop.question.ask, stop.question.after] if stop.question else []
        for text in (text for text in texts if text):
            assert set(text.templates) == set(languages()), f"{stop.where} is not in every language"
            assert len(plain(text.templates["en"]).split()) <= 60
    assert set(lesson.title.templates) == set(lesson.about.templates) == set(languages())
    worked = [stop.question.worked for stop in lesson.stops if stop.question]
    assert worked[0] and not any(worked[1:]) and len(worked) >= 4


def plain(text):
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def test_all_kinds_of_questions_are_asked():
    asked = {stop.question.kind for name in NAMES for stop in rs.lessons.read(name).stops if stop.question}
    assert asked == set(KINDS) == {"number", "which", "what_if", "go"}


def test_the_course_net_is_counted():
    found = rs.lessons.lecture("lstm", trained("LSTM"))
    assert any(
        "362,400 + 721,200 + 301 = <strong>1,083,901</strong>" in (s.question or {}).get("after", "")
        for s in found.stops
    )


def test_a_task_of_going_is_never_done_at_its_beginning():
    count = 0
    for name in NAMES:
        for stop in rs.lessons.lecture(name, own(name)).stops:
            if stop.question and stop.question["kind"] == "go":
                assert getattr(stop.moment, stop.question["over"]) not in stop.question["places"]
                count += 1
    assert count >= 6


def test_a_language_that_is_set_is_spoken_and_another_can_be_asked_for():
    with speaking("ko"):
        assert rs.lessons.lecture("unrolled", own("unrolled")).title == "펼친 신경망"
        assert rs.lessons.lecture("unrolled", own("unrolled"), lang="en").title == "The unrolled net"


# ------------------------------------------------------------------------------------------- what a trace does not have


@pytest.mark.parametrize(
    ("name", "trace", "words"),
    [
        ("lstm", lambda: trained("GRU"), "a layer of the kind LSTM"),
        ("scaling", lambda: trained("SimpleRNN"), "a layer of the kind LSTM, GRU"),
        ("masks", lambda: trained("LSTM"), "masked time steps"),
        ("gradients", lambda: keras("text_next"), "recorded gradients of the states"),
    ],
)
def test_the_first_stop_says_what_the_whole_lesson_lacks(name, trace, words):
    lecture = rs.lessons.lecture(name, trace())
    (stop,) = lecture.stops
    assert stop.lacks == f"This lesson needs what this trace does not have: {words}."
    assert stop.moment is None and lecture.data()["stops"][0]["moment"] is None


def test_the_first_stop_says_which_stops_are_left_out():
    lecture = rs.lessons.lecture("lstm", keras("activations"))
    assert len(lecture.stops) == 9
    assert lecture.stops[0].lacks == (
        "1 stop of this lesson is left out, for it needs what this trace does not have: several recorded epochs."
    )
    assert not any(stop.lacks for stop in lecture.stops[1:])


def test_what_is_computed_and_is_no_number_leaves_a_stop_out():
    found = rs.lessons.lecture("simple_rnn", keras("masked_backwards"))
    assert "recorded gradients of the states, several recorded epochs" in found.stops[0].lacks


@pytest.mark.parametrize("need", NEEDS)
def test_needs_are_told_apart(need):
    """There is a trace that has it, and one that does not."""
    traces = [make() for make in TRACES.values()] + [keras("text_next"), own("outputs"), own("parameters"), bare()]
    found = {bool(NEEDS[need].holds(trace, layer)) for trace in traces for layer in trace.recurrent_layers}
    assert found == {True, False}


@cache
def bare():
    """A trace of one time step, without targets, weights, and some quantities."""
    model = rs.Sequential([rs.LSTM(3, input_shape=(1, 1)), rs.Dense(1)], seed=0)
    model.compile("adam", "mse")
    record = rs.Record(quantities=["f", "c"], gradients=False, weights=False)
    return model.fit(np.ones((4, 1, 1)), np.ones((4, 1)), epochs=2, verbose=0, record=record)


# ------------------------------------------------------------------------------------------------- files that are wrong

GOOD = """
title = "A lesson"
about = "About it."
[layer]
cell = "LSTM"
[measures]
f_mean = { measure = "mean", quantity = "f" }
[net]
task = "counting"
layers = [{ kind = "LSTM", units = 3 }]
[[stop]]
title = "One"
text.en = "The mean of `f` is {f_mean}, and {left} is left."
text.ko = "`f`의 평균은 {f_mean:이고/고}, {left:이/가} 남았습니다."
at = { time = "last", phase = "f" }
views = ["cell"]
[[stop]]
title = "Two"
text = "Guess."
[stop.question]
kind = "number"
ask = "How much?"
measure = "f_mean"
after = "It is {truth}."
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_file_of_ones_own_is_a_lesson(write):
    trace = trained("LSTM")
    found = rs.lessons.lecture(write(GOOD), trace, lang="ko")
    mean = float(trace["lstm"]["f"][-1, found.stops[0].moment.sample, -1].mean())
    assert found.title == "A lesson" and f"{mean:.3g}" in found.stops[0].html and "평균은" in found.stops[0].html
    assert found.stops[1].html == "<p>Guess.</p>\n"


WRONG = {
    "a wrong key of the file": ("about =", "abuot =", "mine.toml: key: .*got 'abuot' .did you mean 'about'"),
    "a wrong key of a stop": ("views =", "view =", "mine.toml: stop 1: key: .*did you mean 'views'"),
    "a wrong key of a question": ("after =", "afer =", "mine.toml: stop 2: question: key: .*did you mean 'after'"),
    "a wrong key of a moment": ("time =", "tiem =", "mine.toml: stop 1: at: key: .*did you mean 'time'"),
    "a wrong argument of a measure": ('quantity = "f"', 'quanity = "f"', "measures: f_mean: key: .*'quantity'"),
    "an unknown measure": ('"mean"', '"maen"', "mine.toml: measures: f_mean: measure: .*did you mean 'mean'"),
    "an unknown place": ("{left}", "{lef}", "mine.toml: stop 1: text: place: .*did you mean 'left'"),
    "an unknown place of an answer": ("{truth}", "{turth}", "stop 2: question: after: place: .*got 'turth'"),
    "an unknown view": ('"cell"]', '"cel"]', "mine.toml: stop 1: views: .*did you mean 'cell'"),
    "an unknown quantity": ('phase = "f"', 'phase = "q"', "mine.toml: stop 1: at: phase: .*got 'q'"),
    "an unknown quantity of a measure": ('quantity = "f"', 'quantity = "z"', "f_mean: quantity: .*got 'z'"),
    "an unknown cell": ('cell = "LSTM"', 'cell = "LSMT"', "mine.toml: layer: cell: .*did you mean 'LSTM'"),
    "an unknown kind of question": ('kind = "number"', 'kind = "numbr"', "question: kind: .*did you mean 'number'"),
    "an unknown task": ('"counting"', '"countng"', "mine.toml: net: task: .*did you mean 'counting'"),
    "an unknown word for a time": ('time = "last"', 'time = "lst"', "stop 1: at: time: .*did you mean 'last'"),
    "a question without an answer": ('measure = "f_mean"\nafter', "after", "stop 2: question: expected an answer"),
    "a question without a question": ('ask = "How much?"', "", "mine.toml: stop 2: question: expected the key 'ask'"),
    "a stop without a text": ('text = "Guess."', "", "mine.toml: stop 2: expected the key 'text'"),
    "an empty text": ('text = "Guess."', 'text = " "', "mine.toml: stop 2: text.en: expected a text"),
    "a text that is a number": ('text = "Guess."', "text = 3", "mine.toml: stop 2: text: expected a text; got 3"),
    "a language that is not there": ("text.ko", "text.fr", "stop 1: text: language: expected one of en, ko; got 'fr'"),
    "a text without English": ("text.en", "text.ko2", "stop 1: text: language"),
    "a number that is a text": (
        'measure = "f_mean"\n',
        'measure = "f_mean"\ntolerance = "a"\n',
        "tolerance: expected a number",
    ),
    "a tolerance below zero": (
        'measure = "f_mean"\n',
        'measure = "f_mean"\ntolerance = -1\n',
        "a number of at least 0",
    ),
    "no stops": (GOOD[GOOD.index("[[stop]]") :], "", "mine.toml: expected the key 'stop', a list"),
    "no net": (
        '[net]\ntask = "counting"\nlayers = [{ kind = "LSTM", units = 3 }]',
        "",
        "mine.toml: net|expected the key 'net'",
    ),
    "an empty list of stops": (GOOD, f"stop = []{GOOD[: GOOD.index('[[stop]]')]}", "mine.toml: expected stops, each"),
    "no TOML": ("title = ", "title : ", "mine.toml: expected a file of TOML"),
    "an unknown need": ("views =", 'needs = ["gradient"]\nviews =', "stop 1: needs: .*did you mean 'gradients'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_files_are_refused_with_place_and_nearest_name(what, write):
    old, new, words = WRONG[what]
    assert old in GOOD
    with pytest.raises(ValueError, match=words):
        rs.lessons.read(write(GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("{left.__class__}", "places such as"),
        ("{left!r}", "places such as"),
        ("{0}", "places such as"),
        ("{left:>10}", "places such as"),
        ("{left", "places such as"),
        ("&#123;left.__init__&#125;", "places such as"),
    ],
)
def test_places_reach_nothing_but_numbers(place, words, write):
    with pytest.raises(ValueError, match=words):
        rs.lessons.read(write(GOOD.replace("{left}", place)))


def test_layers_that_are_not_in_the_trace_are_named_with_the_stop(write):
    path = write(GOOD.replace('time = "last"', 'layer = "lstm_9", time = "last"'))
    with pytest.raises(ValueError, match=r"mine.toml: stop 1: layer: expected one of first, last, lstm; got 'lstm_9'"):
        rs.lessons.lecture(path, trained("LSTM"))


def test_nets_that_cannot_be_made_are_named(write):
    with pytest.raises(ValueError, match=r"mine.toml: net: .*unit"):
        rs.lessons.lecture(write(GOOD.replace("units = 3", "unit = 3")))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: rs.lessons.lecture("lsmt"), ValueError, "lesson: expected one of .*did you mean 'lstm'"),
        (lambda: rs.lessons.lecture("away.toml"), ValueError, "a file that is there"),
        (lambda: rs.lessons.lecture(3), TypeError, "lesson: expected a name, or the path of a file; got 3"),
        (lambda: rs.lessons.lecture("lstm", lang="fr"), ValueError, "lang: expected one of en, ko; got 'fr'"),
        (lambda: rs.lesson("lstm", "trace"), TypeError, "trace: expected a Trace"),
    ],
)
def test_wrong_arguments_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> & \"quotes\" 'here' {braces} **bold** [a](javascript:b)"
)

WHICH = """
[[stop]]
title = "Three"
text = "x"
[stop.question]
kind = "which"
of = "step"
measure = "f_mean"
ask = "x"
after = "{truth}"
"""


def test_hostile_text_stays_text(write):
    """In a file, and in the names of a trace: nothing of it is HTML, a link, a picture, or Markdown."""
    lines = HOSTILE.replace("{braces}", "{{braces}}").replace('"', '\\"')
    text = GOOD.replace('title = "One"', f'title = "{lines}"').replace("Guess.", lines).replace("How much?", lines)
    labels = rs.Labels(time=[f"{HOSTILE} {k}" for k in range(4)])
    trace = trained("LSTM").with_labels(labels)
    found = rs.lessons.lecture(write(text + WHICH), trace)
    data = found.data()["stops"]
    for page in (data[1]["html"], data[1]["question"]["ask"], data[2]["question"]["after"]):
        assert not re.search(r"<(?!/?(p|strong|em|code)>)", page), page
        assert 'href="javascript' not in page
    assert "&lt;script&gt;" in data[1]["html"] and "{braces}" in data[1]["html"]
    assert data[0]["title"] == HOSTILE  # which pages set as text


def test_a_name_in_a_text_is_no_markdown(write):
    name = "*a* <i>&amp;"
    trace = trained("LSTM").with_labels(rs.Labels(time=[f"{name}{k}" for k in range(4)]))
    page = rs.lessons.lecture(write(GOOD + WHICH), trace).stops[2].question["after"]
    assert name in html.unescape(page) and not re.search(r"<(?!/?p>)", page)


# ------------------------------------------------------------------------------------------------------------ moments


def test_words_for_moments(write):
    trace = trained("LSTM")
    layer = trace["lstm"]
    last = moment_at({}, trace, layer)
    assert (last.epoch, last.time) == (36, 3)
    assert moment_at({"epoch": "first", "time": "first"}, trace, layer).cursor.epoch == 0
    assert moment_at({"epoch": "middle", "time": "middle"}, trace, layer).epoch == 20
    assert moment_at({"epoch": 17}, trace, layer).epoch == 16
    fell = moment_at({"epoch": "loss_fell"}, trace, layer)
    first = np.flatnonzero(trace.loss <= 0.1 * trace.loss[0])
    assert fell.place == (first[0] if len(first) else trace.loss.argmin())
    assert [moment_at({"time": time}, trace, layer).time for time in (0, 2, 99, -1, -2, "second")] == [0, 2, 3, 3, 2, 1]
    assert moment_at({"sample": 99, "unit": 99}, trace, layer).cursor.sample == 5
    assert moment_at({"phase": "memory"}, trace, layer).phase == "c"
    assert moment_at({"unit": "largest", "phase": "output"}, trace, layer).phase == "h"
    with pytest.raises(Lacking, match="mask"):
        moment_at({"time": "masked"}, trace, layer)
    with pytest.raises(Lacking, match="moment"):
        moment_at({"phase": "z"}, trace, layer)
    assert set(KEYS) == {"epoch", "layer", "sample", "time", "unit", "phase", "direction"}


def test_masked_moments_and_padding():
    trace = own("masks")
    gru = next(iter(trace.recurrent_layers))
    moment = moment_at({"sample": "most_masked", "time": "masked"}, trace, gru)
    assert not gru.mask[moment.sample, moment.time] and gru.mask[moment.sample, moment.time - 1]
    last = moment_at({"sample": "most_masked", "time": "last"}, trace, gru)
    assert last.time == moment.time - 1


# --------------------------------------------------------------------------------------------------------- the notebook


def test_the_pictures_follow_the_lesson():
    with closing(rs.lesson("lstm", trained("LSTM"), lang="ko")) as guided:
        stops, panel = guided.lecture.stops, guided._panel
        assert guided.cursor == stops[0].moment.cursor and guided.views == stops[0].views and panel.moment["time"] == 0
        number = next(k for k, stop in enumerate(stops) if stop.changes)
        stop, moment = stops[number], panel.data["stops"][number]["moment"]
        panel._hear(panel, {"go": [moment, number, False]})
        assert guided.cursor == stop.moment.cursor and guided.changes == () and guided.views == stop.views
        panel._hear(panel, {"go": [moment, number, True]})
        assert guided.changes == stop.changes and guided.views == ("difference",)
        with speaking("ko"):
            assert tr("changed") in repr(guided)
        guided.stop = number + 1
        assert guided.changes == () and guided.cursor == stops[number + 1].moment.cursor
        assert panel.state["stop"] == guided.stop == number + 1
        guided.step("epoch", -1)
        assert panel.moment["epoch"] == guided.cursor.epoch
        with pytest.raises(ValueError, match=f"stop: expected a number from 0 to {len(stops) - 1}; got 99"):
            guided.stop = 99


def test_what_the_page_sends_wrong_is_a_message_and_stops_nothing():
    with closing(rs.lesson("unrolled", own("unrolled"))) as guided:
        guided._panel._hear(guided._panel, {"go": [{"time": 99}, 0, False]})
        assert "time: expected a number from 0 to" in guided._screen.board.message.value
        assert guided.cursor == guided.lecture.stops[0].moment.cursor


def test_a_stop_shows_its_pictures_once(monkeypatch):
    with closing(rs.lesson("lstm", trained("LSTM"))) as guided:
        shown = []
        monkeypatch.setattr(guided._screen.gallery, "show", lambda: shown.append(guided.cursor))
        guided.stop = 4
        assert shown == [guided.cursor]


def test_a_lesson_that_a_trace_cannot_hold_is_shown_and_says_so():
    with closing(rs.lesson("lstm", trained("GRU"))) as guided:
        assert len(guided.lecture.stops) == 1 and guided.views == ("network",)
        assert "a layer of the kind LSTM" in guided._panel.data["stops"][0]["lacks"]


def test_files_are_found_by_their_folder():
    assert sorted(file.stem for file in FOLDER.glob("*.toml")) == NAMES
    assert {"lstm", "simple_rnn", "gru", "unrolled", "parameters", "gradients"} <= set(NAMES)


# ------------------------------------------------------------------------------------------------------------ the guide

GUIDE = Path(__file__).parent.parent / "docs" / "howto" / "write_a_lesson.md"


def test_the_lesson_of_the_guide_is_one(write):
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    lecture = rs.lessons.lecture(write(text))
    assert [bool(stop.question) for stop in lecture.stops] == [True, True] and not lecture.stops[0].lacks
    assert rs.lessons.lecture(write(text), trained("LSTM"), lang="ko").title == "무엇이 남나요?"


def test_the_guide_says_all_that_a_lesson_can_hold():
    text = GUIDE.read_text(encoding="utf-8")
    for measure in MEASURES.values():
        assert f"| `{measure.name}` |" in text and measure.meaning in text
    keys = {*KEYS, *NEEDS, *KINDS, *COMPARISONS, *NET, *STOP, *LAYER, *COMMON}
    keys |= {key for kind in KINDS.values() for key in kind.keys}
    words = {word for found in WORDS.values() for word in found}
    for name in sorted(keys | words):
        assert re.search(rf"\b{name}\b", text), f"{name} is not in the guide"
