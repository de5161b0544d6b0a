"""The language that is spoken, particles that fit what they follow, and catalogues in step with the code."""

import pickle
import re
import string
import subprocess
import sys
import threading
from io import BytesIO

import pytest
from pictures import trained
from pseudo import forgotten, marking, texts_of_widgets, unmarked
from rows import mostly_slow

import rnnscope as rs
from rnnscope.cli import main
from rnnscope.languages import (
    Noted,
    current,
    in_a_row,
    language,
    listed,
    names,
    noted,
    noted_n,
    said,
    speaking,
    tr,
    trn,
)
from rnnscope.languages.keeping import found_again
from rnnscope.languages.particles import filled, with_particle
from tools import catalogues


def test_a_language_holds_for_a_while_or_from_now_on():
    assert language() == "en"
    with speaking("ko"):
        assert language() == "ko"
        with speaking(None):
            assert language() == "ko"
    assert language() == "en"
    try:
        rs.set_language("ko")
        seen = []
        thread = threading.Thread(target=lambda: seen.append(language()))
        thread.start()
        thread.join()
        assert seen == ["ko"]
    finally:
        rs.set_language("en")


@pytest.mark.parametrize(("given", "expected"), [("ko", "ko"), ("", "en")])
def test_the_environment_says_with_which_language_a_process_begins(given, expected):
    code = "from rnnscope.languages import language; print(language())"
    run = subprocess.run([sys.executable, "-c", code], env={"RNNSCOPE_LANG": given, "PATH": ""}, capture_output=True)
    assert run.stdout.decode().strip() == expected, run.stderr.decode()


def test_a_language_that_is_not_there_is_refused_with_the_list():
    with pytest.raises(ValueError, match="lang: expected one of en, ko; got 'de'"):
        rs.set_language("de")
    with pytest.raises(TypeError, match="lang: expected one of en, ko; got 3"):
        rs.set_language(3)
    assert names()[0] == "en"


@pytest.mark.parametrize(
    ("spoken", "pair", "fitting"),
    [
        ("망각 게이트", "은/는", "는"),
        ("은닉 상태", "이/가", "가"),
        ("시점", "을/를", "을"),
        ("f (망각 게이트)", "은/는", "는"),
        ("LSTM", "은/는", "은"),
        ("SimpleRNN", "이/가", "이"),
        ("GRU", "을/를", "를"),
        ("c₋₁", "으로/로", "로"),
        ("300", "으로/로", "으로"),
        ("0.7", "으로/로", "로"),
        ("95 %", "이/가", "가"),
        ("dense", "은/는", "는"),
        ("h", "과/와", "와"),
        ("x", "은/는", "는"),
        ("r", "은/는", "은"),
        # symbols
        ("∂L/∂h", "을/를", "를"),
        ("∂L/∂c₋₁", "으로/로", "로"),
        ("U_f", "이/가", "가"),
        ("U_r", "이/가", "이"),
        ("b_n[0, 3]", "을/를", "을"),
        ("tanh(c)", "은/는", "는"),
        ("tanh(m)", "은/는", "은"),
        ("(1 − z)", "을/를", "를"),
        ("(1 − r)", "을/를", "을"),
        ("o·(1 − tanh(c)²)", "을/를", "을"),
        ("(∂L/∂a_g₊₁·r₊₁)·U_gᵀ", "을/를", "를"),
        ("t′", "은/는", "은"),
        ("‖h‖", "은/는", "는"),
        ("σ", "은/는", "는"),
        ("ε", "은/는", "은"),
        # numbers
        ("1.2e−5", "을/를", "를"),
        ("1e−10", "을/를", "을"),
        ("−0.021", "으로/로", "로"),
        ("1,083,901", "이/가", "이"),
        ("0.50", "이었/였", "이었"),
        ("94 %", "이었/였", "였"),
        ("1 % 미만", "이/가", "이"),
        ("99 % 이상", "을/를", "을"),
        ("3퍼센트포인트", "을/를", "를"),
        ("∞", "으로/로", "로"),
        ("NaN", "으로/로", "으로"),
        ("0, 1, 2, 3", "을/를", "을"),
        ("0, 1, 2 …", "을/를", "를"),
        # names and words
        ("'f = 0'", "으로/로", "으로"),
        ("'as it was'", "과/와", "와"),
        ("“the”", "이라고/라고", "라고"),
        ("‘네’", "이라고/라고", "라고"),
        ("샘플 5 (5, 6, 7, 8)", "이/가", "가"),
        ("드롭아웃(dropout)", "이/가", "이"),
        ("lstm_1", "과/와", "과"),
        ("simple_rnn", "은/는", "은"),
        ("bidirectional.forward", "은/는", "는"),
        ("table", "으로/로", "로"),
        ("time", "을/를", "을"),
        ("gate", "은/는", "는"),
        ("block", "은/는", "은"),
        ("RMSprop", "으로/로", "으로"),
        ("Adam", "으로/로", "으로"),
        ("?", "이라고/라고", "라고"),
    ],
)
def test_a_particle_fits_what_is_spoken_before_it(spoken, pair, fitting):
    assert with_particle(spoken, *pair.split("/")) == fitting
    assert filled(f"{{name:{pair}}}", {"name": spoken}) == spoken + fitting


# ---------------------------------------------------------------------------------------------- texts that are kept


def test_a_text_that_was_noted_is_said_in_any_language(monkeypatch):
    kept = noted("{quantity} is held at {value} ({where})", quantity="f", value=noted("its mean"), where="unit {3}")
    assert kept == "f is held at its mean (unit {3})" and tr(kept) == kept
    with marking(monkeypatch):
        assert tr(kept) == said(kept) == "⟦f is held at ⟦its mean⟧ (unit {3})⟧"
        assert tr("{what}!", what=kept) == f"⟦{tr(kept)}!⟧"
        assert said("f is held") == "f is held" and tr("") == ""
    assert tr(kept) == kept


def test_a_text_for_one_or_for_several_things_can_be_noted(monkeypatch):
    one, several = (noted_n("{count} step", "{count} steps", count) for count in (1, 3))
    assert (one, several) == ("1 step", "3 steps") and trn("{count} step", "{count} steps", 1) == one
    with marking(monkeypatch):
        assert (tr(one), tr(several)) == ("⟦1 step⟧", "⟦3 steps⟧")


def test_what_was_noted_can_be_pickled_and_is_a_text_for_all_else():
    for kept in (noted("{a} and {b}", a="f", b=noted("gate")), noted_n("{count} step", "{count} steps", 2)):
        copy = pickle.loads(pickle.dumps(kept))
        assert isinstance(copy, Noted) and (copy, copy.template, copy.parts) == (kept, kept.template, kept.parts)
    assert in_a_row([noted("a"), noted("b")]) == "a, b" and listed(["c", "n", "m"]) == "c and n and m"


# -------------------------------------------------------------------------------------------------------- catalogues

LANGUAGES = [name for name in names() if name != "en"]
PAIRS = {
    "은/는",
    "이/가",
    "을/를",
    "과/와",
    "으로/로",
    "이라/라",
    "이라고/라고",
    "이었/였",
    "이나/나",
    "이며/며",
    "이고/고",
    "이다/다",
    "아/야",
    "이에요/예요",
}
"""Particles that a translation may put behind a name."""


@pytest.fixture(scope="module")
def texts():
    return catalogues.texts()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_catalogues_are_in_step_with_the_code(lang, texts):
    """If not: `make texts`."""
    path = catalogues.path_of(lang)
    own = catalogues.catalogue_of(lang, texts, catalogues.kept(lang))
    kept = {message.id for message in catalogues.kept(lang)}
    assert {message.id for message in own} == kept
    assert path.read_bytes() == catalogues.written(own)
    assert path.with_suffix(".mo").read_bytes() == catalogues.compiled(own)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_without_a_translation(lang):
    missing = [m.id for m in catalogues.kept(lang) if m.id and not catalogues.is_translated(m)]
    assert not missing, f"{len(missing)} texts without a translation, such as {missing[:20]}"


def places(text):
    """Return what stands in the braces of a text: names, with how they are written unless that is a particle."""
    parts = [(name, kind, spec) for _, name, spec, kind in string.Formatter().parse(text) if name is not None]
    return {(name, kind, "" if spec in PAIRS else spec) for name, kind, spec in parts}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_translations_have_the_places_of_the_english(lang):
    wrong = {}
    for message in catalogues.kept(lang):
        if message.id and catalogues.is_translated(message):
            one, *many = message.id if message.pluralizable else (message.id,)
            wanted = places(many[0] if many else one)
            strings = message.string if message.pluralizable else (message.string,)
            wrong |= {text: message.id for text in strings if is_filled(one) and places(text) != wanted}
    assert wrong == {}


def is_filled(text):
    """Say whether a text has places; else braces in it are ordinary signs."""
    return "{" in text


def test_places_are_seen():
    assert places("{gate:은/는} {layer!r}") == places("{layer!r} {gate}") != places("{gate} {layer}")
    assert places("{gate:은/은}") != places("{gate}")


def test_translations_stay_when_the_code_changes_and_nothing_is_guessed():
    def text(id):
        return catalogues.Text(id, ("a.py", 1))

    one = text(("{count} step", "{count} steps"))
    before = catalogues.catalogue_of("ko", [text("The answer is {answer}."), text("gate"), one], {})
    before["gate"].string, before[one.id].string = "게이트", ("시점 {count}개",)
    known = catalogues.read_po(BytesIO(catalogues.written(before)), "ko")
    after = catalogues.catalogue_of("ko", [text("gate"), text("The answer is {answer}!"), one], known)
    assert {m.id: m.string for m in after if m.id} == {
        "gate": "게이트",
        "The answer is {answer}!": None,
        ("{count} step", "{count} steps"): ("시점 {count}개",),
    }
    written = catalogues.written(after).decode()
    assert "fuzzy" not in written and "#~" not in written and not re.search(r"^#: .*:\d", written, re.MULTILINE)


@pytest.mark.parametrize("call", ['tr(f"unit {k}")', 'tr("unit " + k)', 'noted("a" if k else "b")'])
def test_a_text_that_is_glued_is_refused(call):
    with pytest.raises(ValueError, match=r"line 1: .*: expected a literal"):
        list(catalogues.marked_in(BytesIO(call.encode()), catalogues.KEYWORDS))


@pytest.mark.parametrize("call", ["tr(title)", "tr(TEXTS[key], n=3)", "tr(a.title if a else b.title)", "other('text')"])
def test_a_text_that_is_declared_elsewhere_is_not_marked(call):
    assert list(catalogues.marked_in(BytesIO(call.encode()), catalogues.KEYWORDS)) == []


# ------------------------------------------------------------------------------------------------- what was forgotten


@pytest.fixture(scope="module")
def trace():
    return trained(rs.LSTM(4, input_shape=(4, 1)))


SERIES = {"text": ("to be, or not to be",), "windows": (list(range(40)), 4)}


@pytest.mark.parametrize("name", rs.tasks.NAMES)
def test_descriptions_of_tasks_are_marked(name, monkeypatch):
    with marking(monkeypatch):
        assert unmarked(getattr(rs.tasks, name)(*SERIES.get(name, ())).describe(), {name}) == []


def test_sentences_of_verdicts_are_marked(trace, monkeypatch):
    changes = rs.Hold("lstm", "f", 1.0, units=[0, 1], time=slice(0, 2), samples=3), rs.Feed(0, 2, 9.0)
    changed = rs.what_if(trace, *changes)  # its words are kept in English
    with marking(monkeypatch):
        for own in (trace, changed):
            for cursor in (rs.Cursor(), rs.Cursor(epoch=int(own.epochs[0])), rs.Cursor(time=1, sample=2)):
                assert unmarked(rs.verdict(own, cursor), {"lstm"}) == []


def test_equations_and_tables_are_marked(trace, monkeypatch):
    model = rs.Sequential.from_trace(trace)
    with marking(monkeypatch):
        for direction in ("forward", "backward"):
            for equation in rs.formulas.equations("GRU", direction):
                assert unmarked(equation.meaning) == []
            for phase in trace["lstm"].phases:
                found = rs.formulas.substitute(trace, rs.Cursor(phase=phase, direction=direction))
                assert forgotten(term.source for term in found.terms) == {}
        assert unmarked(str(rs.formulas.derivation("LSTM", 3, 4))) == []
        assert unmarked(str(model._summary()), {"lstm", "dense", "None", model.name}) == []
        model.compile(loss="mse")
        assert unmarked(str(rs.ablate(model, trace.x, trace.y)), {"lstm"}) == []


def test_explorers_are_marked(trace, monkeypatch):
    with marking(monkeypatch):
        explorer = rs.explore(trace, views=["gates"])
        with speaking("en"):  # the language of an explorer is that in which it was opened
            explorer._screen.board.hands._open.value = True
            explorer.change(rs.Hold("lstm", "f", 0.0))
        assert forgotten(texts_of_widgets(explorer), {"lstm"}) == {}
        explorer.close()


def test_live_explorers_are_marked(monkeypatch):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile("adam", "mse")
    with marking(monkeypatch):
        explorer = rs.train_live(model, task.x, task.y, views=[], epochs=9)
        explorer.training.change(learning_rate=0.1, clipnorm=1.0, noise=0.1, batch_size=2)
        for _ in range(2):
            explorer.start(2)
            explorer.training.wait()
            explorer.refresh()
            assert forgotten(texts_of_widgets(explorer), {"loss", "lstm"}) == {}
            explorer._controls.offer(explorer.training.rates())
        explorer.close()


PRINTED = {"counting", "recall", "gru", "gru_1", "dense", "None", "sequential", "loss", "KiB"}
"""Names and units in what commands print."""


def test_what_commands_print_is_marked(trace, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    trace.save("gru.npz")
    with marking(monkeypatch):
        assert main(["race", "recall:2", "--cells", "GRU", "--seeds", "1", "--epochs", "2", "--jobs", "1"]) == 0
        assert main(["animate", "gru.npz", "a.gif", "--view", "gates"]) == 0
        assert main(["render", "p", "--trace", "gru.npz", "--view", "gates"]) == 0
    assert forgotten(capsys.readouterr().out.splitlines(), PRINTED) == {}


@pytest.mark.slow
def test_what_the_tour_prints_is_marked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with marking(monkeypatch):
        assert main(["tour", "--cells", "GRU", "--epochs", "2", "--units", "3"]) == 0
    assert forgotten(capsys.readouterr().out.splitlines(), PRINTED) == {}


# ---------------------------------------------------------------------------------------------------- nothing freezes


def test_what_was_said_in_one_language_is_said_in_another(trace, monkeypatch):
    def all_that_is_kept():
        explorer = rs.explore(trace, views=["gates"])
        found = texts_of_widgets(explorer)
        explorer.close()
        return [*found, rs.verdict(trace), *(own.meaning for own in rs.formulas.equations("LSTM", "backward"))]

    before = all_that_is_kept()
    with marking(monkeypatch):
        marked = all_that_is_kept()
    assert all_that_is_kept() == before and len(marked) == len(before)
    assert sum(was != now for was, now in zip(before, marked, strict=True)) > len(before) / 2


@mostly_slow(view=rs.figures.VIEWS, quick=("cell", "gates", "training"))
def test_a_picture_is_in_english_again(view, trace, monkeypatch):
    draw = getattr(rs.figures, view)
    before = draw(trace).alt
    with marking(monkeypatch):
        assert "⟦" in draw(trace).alt
    assert draw(trace).alt == before


def test_an_explorer_keeps_its_language(trace):
    explorer = rs.explore(trace, views=[])
    with speaking("ko"):
        explorer.step("time", -1)
        assert explorer._session.language == "en"
        assert "Space plays" in explorer._session.playing.status
        with explorer._session.speaking():
            assert language() == "en"
    explorer.close()


# -------------------------------------------------------------------------------------------------- files and commands


def test_files_are_made_in_a_language(trace, tmp_path, monkeypatch):
    from PIL import Image

    with marking(monkeypatch), speaking("en"):
        rs.animate(trace, tmp_path / "a.gif", view="gates", lang="ko", verbose=False)
        assert language() == "en"
    with Image.open(tmp_path / "a.gif") as film:
        assert "⟦" in film.info["comment"].decode()


def test_a_language_that_is_not_there_makes_no_file(trace, tmp_path, capsys):
    with pytest.raises(ValueError, match="lang: expected one of en, ko; got 'de'"):
        rs.animate(trace, tmp_path / "a.gif", lang="de", verbose=False)
    assert main(["animate", "missing.npz", str(tmp_path / "a.gif"), "--lang", "de"]) == 2
    assert "lang: expected one of en, ko; got 'de'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_command_speaks_the_language_of_the_environment_or_its_own(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(current._Process, "language", None)
    monkeypatch.setenv("RNNSCOPE_LANG", "xx")
    assert main(["race", "recall:2", "--cells", "GRU", "--seeds", "1", "--epochs", "1", "--jobs", "1"]) == 2
    assert "RNNSCOPE_LANG: expected one of en, ko; got 'xx'" in capsys.readouterr().err


def test_a_file_of_a_trace_knows_what_was_noted(trace, tmp_path, monkeypatch):
    labels = rs.Labels(time=[noted("value"), "+1", "+2", "+3"], samples=[noted("open"), *"abcde"])
    changed = rs.what_if(trace, rs.Hold("lstm", "f", "mean", units=[0, 1])).with_labels(labels)
    changed.marks = ((2, in_a_row([noted("learning rate {value}", value="0.1"), noted("no clipping")])),)
    changed.save(tmp_path / "a.npz")
    found = rs.load_trace(tmp_path / "a.npz")
    assert (found.interventions, found.marks, found.labels) == (changed.interventions, changed.marks, labels)
    with marking(monkeypatch):
        assert tr(found.interventions[0]) == tr(changed.interventions[0]) != changed.interventions[0]
        assert unmarked(tr(found.marks[0][1])) == []
        assert found.labels.steps(0) == ("⟦value⟧", "+1", "+2", "+3") and found.labels.sample(0) == "⟦open⟧"
        assert unmarked(repr(found), {"lstm", "LSTM", "time", "samples", "KiB", "Trace", "dense"}) == []


@pytest.mark.parametrize(
    "data",
    [
        3,
        {"f": 3},
        {"f": {"text": "g", "many": "", "parts": {}}},
        {"f": {"text": "{a}", "many": "", "parts": {}}},
        {"f": {"text": "{a.real}", "many": "", "parts": {"a": 3}}},
        {"f": {"text": "{a}", "many": "", "parts": {"a": [3]}}},
        {"f": {"text": "f", "many": "g", "parts": {"a": 3}}},
        {"f": {"text": "f", "many": 3, "parts": {}}},
    ],
)
def test_what_was_noted_in_a_file_is_refused_if_it_is_not_whole(data):
    with pytest.raises(ValueError, match="noted: expected texts with what they are made of"):
        found_again(data)
