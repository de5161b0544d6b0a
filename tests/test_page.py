"""The page without a kernel: what is in the file, without a browser."""

import base64
import html
import json
import re
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import sympy
from pictures import number, pair, scenes_of, trained, unpacked, view_of

import rnnscope as rs
from rnnscope.export.page import packing
from rnnscope.export.page.numbers import FIRST_POWER, KEPT, TEXTS, Numbers
from rnnscope.export.page.words import WORDS, words_of_script
from rnnscope.figures.registry import scenes
from rnnscope.figures.scene import ROOM
from rnnscope.numbers import written

NETS = ("SimpleRNN", "GRU")


def signed(steps):
    return (steps >> 1) ^ -(steps & 1)


def codes_of(raw, count):
    """Return the codes of numbers from their bytes, all first ones before all second ones."""
    planes = np.frombuffer(raw, np.uint8).reshape(4, count).astype(np.int64)
    return np.cumsum(signed(sum(plane << (8 * k) for k, plane in enumerate(planes))))


def decoded(numbers):
    """Undo what packs numbers and colours: the codes and the levels, one array after the other."""
    codes = codes_of(packing.unpacked(numbers.packed()), numbers.count)
    levels = signed(np.frombuffer(packing.unpacked(numbers.packed_heats()), np.uint8).astype(np.int64))
    found = []
    for values, arrays in ((codes, [(c[0], *c[2:]) for c in numbers.channels]), (levels, numbers.heats)):
        parts = [values[start : start + np.prod(shape)].reshape(shape) for start, *shape in arrays]
        parts = [part.cumsum(axis=3) if values is levels else part for part in parts]
        found.append(np.concatenate([*(part.cumsum(axis=2).ravel() for part in parts), np.zeros(0, int)]))
    return found


def read(code, digits, texts):
    """Return a number as text from its code."""
    if code == 0:
        return "0"
    if code >= TEXTS:
        return texts[code - TEXTS]
    least = 10 ** (digits - 1)
    power, mantissa = divmod(abs(int(code)) - 1, 9 * least)
    value = float(f"{'-' if code < 0 else ''}{mantissa + least}e{power + FIRST_POWER - digits + 1}")
    return written(value, digits)


@pytest.mark.parametrize("digits", [2, 3])
def test_numbers_are_kept_as_they_are_written(digits):
    rng = np.random.default_rng(0)
    odd = [0, -0.0, np.nan, np.inf, -np.inf, 0.0009996, 0.001, -0.00099949, 999.4, 999.5, 999.7, 1e6, 1234.5, 99.96]
    odd += [1e-58, 1e-70, -1e-300, 0.0995, 0.99949, 0.9995, 9.995, -99.5, 1.005, 2.675]
    drawn = rng.normal(size=976) * 10.0 ** rng.integers(-12, 5, 976)
    values = np.concatenate([odd, drawn]).reshape(5, 2, 5, 20)
    numbers = Numbers()
    assert numbers.add(np.ma.array(values), digits) == 0
    codes, _ = decoded(numbers)
    shown = [read(code, digits, numbers.texts) for code in codes]
    assert shown == [written(value, digits) for value in values.T.ravel()]


def test_numbers_are_kept_once():
    numbers = Numbers()
    steady = np.ma.array(np.broadcast_to(np.arange(3.0), (4, 2, 5, 3)))
    assert numbers.add(steady) == numbers.add(steady * 1) == 0
    assert numbers.channels == [[0, 3, 3, 1, 1, 1]]
    assert numbers.add(steady, 2) == 1
    missing = np.ma.masked_all((4, 2, 5, 3))
    missing[1] = 1.0
    place = numbers.add(missing)
    codes, _ = decoded(numbers)
    start, digits, *shape = numbers.channels[place]
    assert shape == [1, 1, 1, 4]
    assert [read(code, digits, numbers.texts) for code in codes[start : start + 4]] == ["", "1", "", ""]


def test_heat_maps_are_kept_to_a_level_of_their_colours():
    numbers, rng = Numbers(), np.random.default_rng(1)
    places = [rng.integers(0, 257, (4, 2, 3, 7)) for _ in range(2)]
    places[0].flat[:4] = 0, 128, 255, 256
    assert [numbers.add_heat(each) for each in places] == [0, 1]
    _, levels = decoded(numbers)
    for (start, *shape), each in zip(numbers.heats, places, strict=True):
        kept = np.array(KEPT)[levels[start : start + each.size].reshape(shape).T]
        assert np.abs(kept - each).max() == 2
        exact = np.isin(each, (0, 128, 255, 256))
        assert exact.any() and np.array_equal(kept[exact], each[exact]), "the ends, the middle, and what is not finite"
        assert np.array_equal(kept == 256, each == 256)


@pytest.fixture(scope="module")
def small():
    """Return the trace of one layer of the smallest cell, whose page is quick to draw."""
    return trained(rs.SimpleRNN(4, input_shape=(4, 1)))


@pytest.fixture(scope="module")
def page(small, tmp_path_factory):
    """Return the text of a page of two traces."""
    path, made = tmp_path_factory.mktemp("page") / "nets.html", (small, trained(rs.GRU(4, input_shape=(4, 1))))
    rs.export_html(dict(zip(NETS, made, strict=True)), path, units=2, title="Two <nets> & more")
    return path.read_text(encoding="utf-8")


def test_the_page_fetches_nothing_and_runs_its_own_script_only(page):
    script = re.findall(r"<script>(.*?)</script>", page, flags=re.S)
    assert len(script) == 1
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert f"script-src 'sha256-{base64.b64encode(sha256(script[0].encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy
    everything = page + unpacked(page, "scenes").decode()
    outside = set(re.findall(r"https?://[\w./-]+", everything)) - {"http://www.w3.org/2000/svg"}
    assert outside == set()
    assert "{{" not in re.sub(r'<script type="text/plain"[^>]*>[^<]*', "", page)
    pool = scenes_of(page)["pool"]
    assert any('href="' in piece for piece in pool)
    assert not [piece for piece in [page, *pool] if re.search(r"\b(src|href)=\"(?!#|data:)", piece)]


def test_the_page_says_what_it_holds(page):
    assert "<title>Two &lt;nets&gt; &amp; more</title>" in page
    scenes = scenes_of(page)
    assert "In this file are 2 of 4 units; the others were left out." in scenes["leftOut"]
    assert len(scenes["samples"]) == 6
    assert "weights" not in scenes["leftOut"], "they were recorded at every epoch"
    assert [trace["name"] for trace in scenes["traces"]] == list(NETS)
    assert {"cell", "equation", "gates", "training"} <= set(scenes["scenes"])
    assert scenes["directions"] == ["forward", "backward"]


def test_the_page_says_what_the_net_should_do(page):
    scenes = scenes_of(page)
    assert scenes["tasks"][0] == "The net reads 0, 1, 2, 3 and should answer 4."
    assert scenes["tasks"][5] == "The net reads 5, 6, 7, 8 and should answer 9."
    assert set(scenes["start"]) == {"sample", "unit"}


def test_a_phase_leaves_room_for_its_result_and_equations_stand_apart(page):
    scenes = scenes_of(page)
    pool, found = scenes["pool"], scenes["scenes"]["cell"][0]["forward"]
    for trace, scene in zip(scenes["traces"], found, strict=True):
        pieces = [[pool[k] for k in own] for _, _, own in scene["frags"]]
        captions = [each for each in pieces if any(ROOM in piece for piece in each)]
        assert len(captions) == 1 and len(captions[0]) == len(trace["phases"][0]) == len(scene["result"])
        for phase, piece in zip(trace["phases"][0], captions[0], strict=True):
            assert f"{phase} = {ROOM}\u00a0\u00a0\u00a0" in piece
    assert not [piece for piece in pool if re.search(r">[^<]*\S {2,}\S[^<]*<", piece)], "a browser shows one space"


def test_pictures_say_how_wide_they_must_be_to_be_read(page):
    pool = scenes_of(page)["pool"]
    pictures = [piece for piece in pool if piece.startswith("<svg")]
    assert pictures
    for svg in pictures:
        wide, legible = (
            float(re.search(found, svg)[1]) for found in (r'viewBox="\S+ \S+ (\S+)', r"--legible: (\d+)px")
        )
        least = min(float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg))
        assert legible * least / wide >= 8


def test_a_page_shows_the_views_that_are_asked_for(small, tmp_path):
    names = sorted(set(scenes()))
    assert names == sorted(rs.figures.registry.FUNCTIONS), "every view of one trace can be in a page"
    rs.export_html(small, tmp_path / "a.html", units=1, epochs=2, samples=1, views=names[::-1])
    page = scenes_of(tmp_path / "a.html")
    assert [view["name"] for view in page["views"]] == names[::-1]
    assert "trouble" not in json.dumps(page["scenes"])


def test_what_has_no_room_in_a_page_is_said(small, tmp_path):
    rs.export_html(small, tmp_path / "a.html", views=["units"])
    page = scenes_of(tmp_path / "a.html")
    (scene,) = page["scenes"]["units"][0]
    axes = scene["frags"][0][1]
    assert axes == ["epoch", "unit", "time"] and {len(pieces) for _, _, pieces in scene["frags"]} == {3 * 4 * 4}
    assert page["leftOut"].endswith("Of units there is one picture for all samples.")


def test_memory_is_that_of_the_figure(tmp_path):
    trace = trained(rs.LSTM(4, input_shape=(4, 1)))
    rs.export_html(trace, tmp_path / "a.html", views=["memory"])
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    page = scenes_of(text)
    codes = codes_of(unpacked(text, "numbers"), page["count"])

    def values(channel):
        start, digits, *shape = page["channels"][channel]
        found = codes[start : start + np.prod(shape)].reshape(shape).cumsum(axis=2).T
        return np.vectorize(lambda code: number(read(code, digits, page["texts"])))(found)

    (scene,) = page["scenes"]["memory"][0]
    for epoch, sample, time, unit in [(0, 0, 0, 0), (2, 3, 3, 2), (1, 5, 2, 3)]:
        data = view_of("memory", trace, rs.Cursor(trace.epochs[epoch], sample=sample, time=time, unit=unit)).data
        for at, stack in enumerate(scene["stacks"]):
            shares = [values(channel)[epoch % values(channel).shape[0], ...] for _, channel, _ in stack["parts"]]
            found = [share[sample % share.shape[0]].ravel()[0] for share in shares]
            assert np.allclose(found, data.shares[at, 1 : at + 2], rtol=6e-3, atol=1e-9)
        (fall,) = scene["falls"]
        found = [np.broadcast_to(values(k), (3, 6, 4, 4))[epoch, sample, time, unit] for k in fall["amounts"]]
        assert np.allclose(found, data.amounts[time, 1:], rtol=6e-3, atol=1e-9)
        total = np.broadcast_to(values(fall["sum"]), (3, 6, 4, 4))[epoch, sample, time, unit]
        assert total == pytest.approx(data.value, rel=6e-3)


def test_stops_are_plain_data_of_moments_that_are_there(page):
    scenes = scenes_of(page)
    there = {view["name"] for view in scenes["views"]}
    titles = [stop["title"] for stop in scenes["stops"]]
    assert titles[:2] == ["Where the inputs come in", "Before training"] and len(titles) == len(set(titles)) == 7
    for stop in scenes["stops"]:
        assert set(stop) == {"title", "text", "moment", "views", "says"} and set(stop["views"]) <= there
        moment = stop["moment"]
        if moment:
            assert moment["epoch"] in scenes["epochs"] and moment["layer"] in scenes["traces"][0]["layers"] + ["gru"]
    first, last = scenes["stops"][0]["moment"], scenes["stops"][4]["moment"]
    assert (first["epoch"], first["time"]) == (0, 0) and (last["epoch"], last["time"]) == (scenes["epochs"][-1], 3)


def test_the_heading_says_what_each_net_answers(page, small):
    scenes = scenes_of(page)
    (axes, pieces), _ = scenes["answers"]
    assert axes == ["epoch", "sample"] and len(pieces) == 3 * 6
    for (epoch, sample), piece in zip(np.ndindex(3, 6), pieces, strict=True):
        answer = written(float(small.predictions[epoch, sample, 0]))
        assert scenes["pool"][piece].startswith(f"The answer is {answer}; right is {sample + 4}")


def test_a_page_speaks_the_language_that_is_asked_for(small, tmp_path):
    for lang in ("en", "ko"):
        rs.export_html(small, tmp_path / f"{lang}.html", units=1, epochs=1, samples=1, views=["training"], lang=lang)
        text = (tmp_path / f"{lang}.html").read_text(encoding="utf-8")
        assert f'<html lang="{lang}">' in text
        with rs.languages.speaking(lang):
            assert scenes_of(text)["words"] == words_of_script()


def test_all_texts_of_the_script_are_declared():
    """What is said in the script without being declared would stay English."""
    scripts = "".join(path.read_text() for path in Path(packing.__file__).parent.glob("*.js"))
    said = {text for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', scripts) if re.search(r"\{\w+\}", text)}
    said |= set(re.findall(r'say\("([^"]*)"', scripts))
    assert len(said) > 20 and said <= set(WORDS), said - set(WORDS)


def test_as_many_samples_as_asked_for(small, tmp_path):
    rs.export_html(small, tmp_path / "a.html", units=1, samples=2)
    page = scenes_of(tmp_path / "a.html")
    assert [sample for sample, _ in page["samples"]] == [0, 1] and len(page["tasks"]) == 2
    assert page["epochs"] == small.epochs.tolist()


def test_labels_stay_text(small, tmp_path):
    named = dict.fromkeys(["<script>alert(1)</script>", "{{script}}", "lr: #a1b2c3;", r"$\bad{$"], small)
    rs.export_html(named, tmp_path / "a.html", units=1, epochs=1)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    shown = [html.escape(name, quote=False) for name in named]
    assert page.count("<script>") == 1 and page.count('"use strict"') == 1
    assert f"<title>{' · '.join(shown)}</title>" in page
    pool = scenes_of(page)["pool"]
    pieces = [[piece for piece in pool if piece.startswith("<") and f">{name}: " in piece] for name in shown]
    assert len({len(each) for each in pieces}) == 1 and len(pieces[0]) > 4, "a name stands before each title"
    assert not any("<script" in piece for each in pieces for piece in each)
    rs.figures.compare(named, view="gates").savefig(tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "<script" not in svg and all(name in svg for name in shown)


def test_names_that_cannot_be_printed_are_refused(traces, tmp_path):
    for name, error in [("a\x07", ValueError), (3, TypeError)]:
        with pytest.raises(error, match="traces: expected names that"):
            rs.export_html({name: traces("GRU")}, tmp_path / "a.html")


def test_a_trace_without_gradients_or_weights_has_a_page(tmp_path):
    task = rs.tasks.counting()
    layers = [rs.SimpleRNN(3, input_shape=(4, 1)), rs.layers.Dense(1)]
    model = rs.Sequential(layers, seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(weights=False))
    rs.export_html(trace, tmp_path / "a.html")
    scenes = scenes_of(tmp_path / "a.html")
    assert scenes["directions"] == ["forward", "backward"]
    assert scenes["leftOut"].endswith("Gradients through weights have no numbers: no weights were recorded.")
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(gradients=False, weights=False))
    rs.export_html(trace, tmp_path / "a.html")
    scenes = scenes_of(tmp_path / "a.html")
    assert scenes["directions"] == ["forward"]
    assert "weights" not in scenes["leftOut"]


@pytest.mark.slow
def test_the_page_says_at_which_epochs_weights_were_recorded(tmp_path):
    task, made = rs.tasks.counting(), {}
    for name, record in (("some", rs.Record(weights=2)), ("all", True), ("none", rs.Record(weights=False))):
        model = rs.Sequential([rs.SimpleRNN(2, input_shape=(4, 1)), rs.Dense(1)], seed=0)
        model.compile()
        made[name] = model.fit(task.x, task.y, epochs=3, verbose=0, record=record)

    def said(names, epochs):
        rs.export_html({name: made[name] for name in names}, tmp_path / "a.html", epochs=epochs, units=1)
        return scenes_of(tmp_path / "a.html")["leftOut"].partition("Gradients through weights")[2]

    only = " have numbers only where weights were recorded: "
    assert said(["some"], [0, 1, 2]) == f"{only}epochs 0, 2."
    assert said(["some"], [1]) == " have no numbers: no weights were recorded at the epochs in this file."
    assert said(["some", "all"], [0, 1]) == f"{only}some: epoch 0; all: epochs 0, 1."
    assert said(["some", "none"], [0, 1, 2]) == f"{only}some: epochs 0, 2; none: at no epoch."


@pytest.mark.slow
def test_epochs_with_weights_come_first_where_not_all_have_room(tmp_path):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.SimpleRNN(2, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=100, verbose=0, record=rs.Record(weights=11))
    kept = trace.snapshots.epochs
    assert len(kept) < 12
    rs.export_html(trace, tmp_path / "a.html", units=1, verbose=False)
    epochs = scenes_of(tmp_path / "a.html")["epochs"]
    assert len(epochs) == 12 and epochs == sorted(set(epochs)) and (epochs[0], epochs[-1]) == (0, 99)
    assert set(kept) <= set(epochs) and max(np.diff(epochs)) <= 13


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"path": "a.pdf"}, ValueError, "path: expected a name that ends in .html, .htm; got 'a.pdf'"),
        ({"path": "none/a.html"}, OSError, "there is no folder 'none'"),
        ({"path": "."}, ValueError, "path"),
        ({"epochs": []}, ValueError, "epochs: expected at least one; got none"),
        ({"epochs": 0}, ValueError, "epochs: expected an integer of at least 1"),
        ({"epochs": [1]}, ValueError, r"epochs: expected some of 0, 2, 4; got 1"),
        ({"units": [9]}, ValueError, "units: expected some of 0, 1, 2, 3; got 9"),
        ({"units": "all"}, TypeError, "units: expected numbers, or how many; got 'all'"),
        ({"samples": range(6, 8)}, ValueError, "samples: expected some of 0, 1, 2, 3, 4, 5; got 6"),
        ({"samples": [0.5]}, TypeError, "samples: each: expected an integer"),
        ({"traces": 3}, TypeError, "traces: expected"),
        ({"title": 3}, TypeError, "title: expected a text; got 3"),
        ({"views": ["gate"]}, ValueError, r"views: expected one of .*; got 'gate' \(did you mean 'gates'\?\)"),
        ({"views": "gates"}, TypeError, "views: expected names of views; got 'gates'"),
        ({"views": []}, ValueError, "views: expected at least one; got none"),
        ({"lang": "xx"}, ValueError, "lang: expected one of en, ko; got 'xx'"),
    ],
)
def test_bad_input(traces, tmp_path, monkeypatch, options, error, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=words):
        rs.export_html(**{"traces": traces("GRU"), "path": "a.html", **options})
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_page_that_was_there(small, tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    path.write_text("before")
    with monkeypatch.context() as patch:
        patch.setattr("rnnscope.files.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            rs.export_html(small, path, units=1, epochs=1)
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_the_same_traces_give_the_same_page(small, tmp_path):
    for name in ("a.html", "b.html"):
        rs.export_html(small, tmp_path / name, units=1)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_state_that_nothing_reads_has_a_page(registry_restored, tmp_path):
    """It does not enter, and nothing is sent back to it."""
    cell, symbol = rs.cells, rs.cells.symbols
    h_prev, (c, g) = cell.previous("h"), symbol("c g")
    quantities = [
        cell.candidate("g", cell.tanh(cell.linear(cell.x, h_prev)), "candidate"),
        cell.state("c", sympy.Integer(1), "cell state: a constant"),
        cell.state("h", c * g, "hidden state"),
    ]
    rs.register(cell.Cell("Steady", *quantities))
    trace = trained(*pair(rs.layers.Steady))
    rs.export_html(trace, tmp_path / "a.html", epochs=1, units=1, verbose=False)
    view = view_of("cell", trace, rs.Cursor(direction="backward", phase="g"))
    assert "h_prev" in view.numbers.texts and "c_prev" not in view.numbers.texts
    page = scenes_of(tmp_path / "a.html")
    assert "trouble" not in json.dumps(page["scenes"])
    assert rs.figures.gradient_flow(trace).alt


def test_what_some_views_lack_leaves_the_others(tmp_path):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.layers.LSTM(3, input_shape=(4, 1)), rs.layers.Dense(1)], seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(quantities=["f", "c"]))
    rs.export_html(trace, tmp_path / "a.html")
    scenes = scenes_of(tmp_path / "a.html")["scenes"]
    assert "trouble" in scenes["cell"][0]["forward"]
    assert len(scenes["gates"][0][0]["heats"]) == 2


def test_epochs_that_not_all_traces_have_are_left_out_and_that_is_said(tmp_path):
    task, made = rs.tasks.counting(), {}
    for name, epochs in (("a", 3), ("b", 6)):
        model = rs.Sequential([rs.layers.SimpleRNN(2, input_shape=(4, 1)), rs.layers.Dense(1)], seed=0)
        model.compile()
        made[name] = model.fit(task.x, task.y, epochs=epochs, verbose=0)
    rs.export_html(made, tmp_path / "a.html")
    page = scenes_of(tmp_path / "a.html")
    assert "3 of 6 epochs" in page["leftOut"]
    assert "trouble" not in json.dumps(page["scenes"])


@pytest.mark.slow
def test_phases_are_those_that_all_traces_of_a_kind_have(tmp_path):
    task, made = rs.tasks.counting(), {}
    for name, quantities in (("all", None), ("two", ["f", "h"])):
        model = rs.Sequential([rs.layers.LSTM(2, input_shape=(4, 1)), rs.layers.Dense(1)], seed=0)
        model.compile()
        made[name] = model.fit(task.x, task.y, epochs=1, verbose=0, record=rs.Record(quantities=quantities))
    rs.export_html(made, tmp_path / "a.html")
    page = scenes_of(tmp_path / "a.html")
    assert [trace["phases"] for trace in page["traces"]] == [[["f", "h"]], [["f", "h"]]]
    assert [len(scenes) for scenes in page["scenes"]["equation"][0]["forward"]] == [2, 2]


# ---------------------------------------------------------------------------------------------------------- as a lesson

HOSTILE = """
title = "<img src=x onerror=alert(1)>"
about = "</script><b>bold</b>"
net = { task = "counting", layers = [{ kind = "LSTM", units = 3 }] }
[[stop]]
title = "<script>alert(1)</script>"
text = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) {{units}} {unit}"
[[stop]]
title = "and on"
text = "Unit by unit."
views = ["gates"]
[stop.question]
kind = "go"
over = "unit"
measure = "value"
ask = "Where is it <b>largest</b>?"
"""


@pytest.fixture(scope="module")
def lstms():
    """Return the trace of two LSTM layers, the second one narrower."""
    return trained(rs.LSTM(6, return_sequences=True, input_shape=(4, 1)), rs.LSTM(2), record=rs.Record(weights=True))


@pytest.fixture(scope="module")
def lesson(lstms, tmp_path_factory):
    """Return what a page with a lesson holds, and its text."""
    path = tmp_path_factory.mktemp("lesson") / "lstm.html"
    options = {"epochs": 2, "units": 1, "samples": [5], "views": ["equation"]}
    rs.export_html(lstms, path, lesson="lstm", lang="ko", verbose=False, **options)
    return scenes_of(path), path.read_text(encoding="utf-8")


def test_a_page_is_a_lesson_with_all_that_it_goes_to(lesson, lstms):
    page, text = lesson
    lecture = rs.lessons.lecture("lstm", lstms, lang="ko")
    wanted = json.loads(json.dumps(lecture.data()))
    assert page["stops"] == [] and '<html lang="ko">' in text and f"<title>{lecture.title}</title>" in text
    samples = [sample for sample, _ in page["samples"]]
    views = {view["name"] for view in page["views"]}
    assert len(page["lesson"]["stops"]) == len(wanted["stops"]) == 10
    for stop, own, shown in zip(page["lesson"]["stops"], wanted["stops"], lecture.stops, strict=True):
        moment = own["moment"]
        assert moment["epoch"] in page["epochs"] and moment["unit"] in page["units"] and moment["sample"] in samples
        assert set(stop["views"]) <= views
        if shown.changes:
            still = stop["question"]["still"]
            assert "바꾼 뒤" in page["pool"][still["svg"]] and page["pool"][still["says"]]
            own["question"] |= {"views": [], "still": still}
        assert stop == own
    assert "equation" in views and 5 in samples, "what was asked for is there too"
    assert page["lesson"]["title"] == wanted["title"] and page["lesson"]["words"] == wanted["words"]


def test_the_picture_of_a_change_is_the_difference(lesson, lstms):
    (shown,) = [stop for stop in rs.lessons.lecture("lstm", lstms, lang="ko").stops if stop.changes]
    (still,) = [
        stop["question"]["still"] for stop in lesson[0]["lesson"]["stops"] if "still" in (stop["question"] or {})
    ]
    changed = rs.what_if(lstms, *shown.changes, epoch=shown.moment.epoch)
    with rs.languages.speaking("ko"):
        traces = {rs.languages.tr("as it was"): lstms, rs.languages.tr("changed"): changed}
        figure = rs.figures.compare(traces, "difference", shown.moment.cursor)
        assert lesson[0]["pool"][still["words"]] == figure.views[0].words()
        assert lesson[0]["pool"][still["says"]] == figure.views[0].verdict


def test_a_go_question_has_its_goal_in_the_page(lstms, tmp_path):
    (tmp_path / "own.toml").write_text(HOSTILE, encoding="utf-8")
    rs.export_html(lstms, tmp_path / "page.html", lesson=tmp_path / "own.toml", units=[0], verbose=False)
    text, page = (tmp_path / "page.html").read_text(encoding="utf-8"), scenes_of(tmp_path / "page.html")
    question = page["lesson"]["stops"][1]["question"]
    assert question["to"] in page["units"] and len(page["units"]) >= 2
    assert "<title>&lt;img src=x onerror=alert(1)&gt;</title>" in text
    assert [name in text.partition("<script>")[0] for name in ("<img", "<b>", "alert(1)</script>")] == [False] * 3
    html = page["lesson"]["stops"][0]["html"] + question["ask"]
    assert not re.search(r"<(img|b|script)|href=", html) and "&lt;b&gt;" in html


def test_links_lead_to_files_beside_the_page(small, tmp_path):
    links = {"a <b>film</b> & more": Path("films/a b.gif"), "the start": "index.html"}
    rs.export_html(small, tmp_path / "page.html", views=["equation"], links=links, verbose=False)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.findall(r"<a href=[^\n]*</a>", text) == [
        '<a href="films/a%20b.gif">a &lt;b&gt;film&lt;/b&gt; &amp; more</a><a href="index.html">the start</a>'
    ]


@pytest.mark.parametrize(
    ("links", "error", "words"),
    [
        ("index.html", TypeError, "links: expected addresses of files by what is said of them; got 'index.html'"),
        ({"a": 3}, TypeError, "links: expected texts and names of files; got 'a' .str.: 3 .int."),
        ({"a": "javascript:alert(1)"}, ValueError, "links: expected a file as seen from the folder of the page"),
        ({"a": "/index.html"}, ValueError, "links: .*got '/index.html'"),
    ],
)
def test_bad_links(small, tmp_path, links, error, words):
    with pytest.raises(error, match=words):
        rs.export_html(small, tmp_path / "bad.html", links=links, verbose=False)
    assert not list(tmp_path.iterdir())


def test_a_page_without_a_lesson_has_its_walk(page):
    scenes = scenes_of(page)
    assert scenes["lesson"] is None and scenes["stops"] and "showLesson =" not in page


def test_a_page_of_a_lesson_that_the_trace_cannot_hold_says_so(small, tmp_path):
    rs.export_html(small, tmp_path / "none.html", lesson="lstm", verbose=False)
    page = scenes_of(tmp_path / "none.html")
    (stop,) = page["lesson"]["stops"]
    assert "a layer of the kind LSTM" in stop["lacks"] and stop["moment"] is None
    assert [view["name"] for view in page["views"]] == stop["views"] == ["network"]


@pytest.mark.parametrize(
    ("lesson", "error", "words"),
    [
        ("lstmm", ValueError, "lesson: expected one of .*lstm.*; got 'lstmm'"),
        ("none.toml", ValueError, "lesson: expected a file that is there, or one of .*lstm"),
        (3, TypeError, "lesson: expected a name, or the path of a file; got 3"),
    ],
)
def test_bad_lessons(small, tmp_path, lesson, error, words):
    with pytest.raises(error, match=words):
        rs.export_html(small, tmp_path / "bad.html", lesson=lesson, verbose=False)
    with pytest.raises(ValueError, match="lesson: expected one trace, which a lesson is about; got 2: a, b"):
        rs.export_html({"a": small, "b": small}, tmp_path / "bad.html", lesson="unrolled", verbose=False)
    assert not list(tmp_path.iterdir())
