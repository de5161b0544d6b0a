"""Names of time steps, classes and samples: what they are checked against, kept in, and drawn as."""

import datetime as dt
import json
import re
from functools import lru_cache

import numpy as np
import pytest
from pictures import assert_texts_are_apart, scenes_of, texts_of, view_of

import rnnscope as rs
from rnnscope.analysis.classes import right_answers
from rnnscope.figures.drawing.steps import Fitting
from rnnscope.figures.network.texts import input_ways
from rnnscope.findings import answers, influence, sentences
from rnnscope.trace.naming import inputs_in_words, step_in_words, way_of_reading
from rnnscope.words import quoted

WORDS = ["the", "film", "was", "not", "really", "internationalization", ",", "but", "I", "liked", "its", "ending"]
CLASSES = ["negative", "neutral", "positive"]
STEPS, SAMPLES = 6, 8


def problem(steps=STEPS):
    ids = np.random.default_rng(0).integers(0, len(WORDS), (SAMPLES, steps))
    x, y = np.eye(len(WORDS), dtype=np.float32)[ids], ids[:, 0] % 3
    tokens = [[WORDS[k] for k in row] for row in ids]
    return x, y, rs.Labels(tokens, CLASSES, [f"review {k}" for k in range(SAMPLES)])


def model_of(steps=STEPS, units=3, last=3, **options):
    first = rs.LSTM(units, return_sequences=True, input_shape=(steps, len(WORDS)))
    head = rs.Dense(last, activation="softmax" if last > 1 else "sigmoid")
    model = rs.Sequential([first, rs.LSTM(units, **options), head], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy" if last > 1 else "binary_crossentropy")
    return model


@lru_cache
def classifier(steps=STEPS):
    x, y, labels = problem(steps)
    return model_of(steps).fit(x, y, epochs=3, verbose=0, labels=labels)


def words_in(figure):
    return [text.get_text() for text in texts_of(figure)]


# ------------------------------------------------------------------------------------------------------ what they are


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["a", "b"], ("a", "b")),
        (np.array(["a", "b"]), ("a", "b")),
        ([3, np.int64(4)], ("3", "4")),
        ([0.5, np.float32(0.25), True], ("0.5", "0.25", "True")),
        ((word for word in ("a", "b")), ("a", "b")),
        ([["a", "b"], ["c", "d"]], (("a", "b"), ("c", "d"))),
        (np.array([["a", "b"], ["c", "d"]]), (("a", "b"), ("c", "d"))),
        (np.array(["2020", "2021"], "datetime64[Y]"), ("2020", "2021")),
        (np.array(["2020-01-01", "2020-03-01"], "datetime64[ns]"), ("2020-01", "2020-03")),
        ([dt.date(2020, 1, 31), dt.date(2020, 2, 29)], ("2020-01-31", "2020-02-29")),
        ([dt.datetime(2020, 1, 31, 9), dt.datetime(2020, 1, 31, 17, 30)], ("09:00", "17:30")),
        ([dt.datetime(2020, 1, 31, 9), dt.datetime(2020, 2, 1, 17)], ("2020-01-31 09:00", "2020-02-01 17:00")),
        ([dt.datetime(2020, 1, 1, 9, 0, 5), dt.datetime(2020, 1, 1, 17)], ("09:00:05", "17:00:00")),
        ([[np.datetime64("2020-01-01")], [np.datetime64("2020-01-02")]], (("2020-01-01",), ("2020-01-02",))),
        ([np.datetime64("2020-01-01"), "later"], ("2020", "later")),
    ],
)
def test_names_are_text(given, names):
    assert rs.Labels(time=given).time == names


def test_dates_of_pandas_are_names():
    pandas = pytest.importorskip("pandas")
    dates = pandas.date_range("2020-01-01", periods=3, freq="D")
    wanted = ("2020-01-01", "2020-01-02", "2020-01-03")
    for given in (dates, list(dates), pandas.Series(dates)):
        assert rs.Labels(time=given).time == wanted
    assert rs.Labels(time=[dates, dates]).time == (wanted, wanted)
    assert rs.Labels(time=pandas.period_range("2020-01", periods=2, freq="M")).time == ("2020-01", "2020-02")
    with pytest.raises(ValueError, match="time: expected dates; got NaT"):
        rs.Labels(time=[dates[0], pandas.NaT])


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"time": "hello"}, TypeError, r"Labels: time: expected a list of names; got 'hello' \(str\). For its letters"),
        ({"classes": 3}, TypeError, r"Labels: classes: expected a list of names; got 3 \(int\)"),
        ({"samples": {"a": 1}}, TypeError, "Labels: samples: expected a list of names; got"),
        ({"samples": [None]}, TypeError, r"Labels: samples: expected names, numbers or dates; got None \(NoneType\)"),
        ({"time": [["a"], "b"]}, TypeError, "Labels: time: expected names, numbers or dates; got"),
        ({"time": [np.datetime64("NaT")]}, ValueError, "Labels: time: expected dates; got"),
    ],
)
def test_what_is_no_name_is_refused(given, kind, message):
    with pytest.raises(kind, match=message):
        rs.Labels(**given)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"time": ["a"] * 5}, "labels: time: expected 6 names, one per time step; got 5"),
        ({"time": [["a"] * 6] * 7}, "labels: time: expected 8 lists of names, one per sample; got 7"),
        ({"time": [["a"] * 6] * 7 + [["a"]]}, "labels: time: sample 7: expected 6 names, one per time step; got 1"),
        ({"classes": ["a"]}, "labels: classes: expected 3 names, one per output; got 1"),
        ({"samples": ["a"]}, "labels: samples: expected 8 names, one per sample; got 1"),
    ],
)
def test_labels_of_a_wrong_length_are_refused(labels, message):
    x, y, _ = problem()
    with pytest.raises(ValueError, match=message):
        model_of().fit(x, y, verbose=0, labels=rs.Labels(**labels))
    with pytest.raises(ValueError, match=message):
        model_of().trace(x, labels=rs.Labels(**labels))
    with pytest.raises(ValueError, match=message):
        classifier().with_labels(rs.Labels(**labels))


def test_one_probability_is_of_two_classes():
    x, y, _ = problem()
    model = model_of(last=1)
    trace = model.trace(x, y > 0, labels=rs.Labels(classes=["bad", "good"]))
    assert sentences(rs.Cursor(sample=0).at(trace), [answers.answer])[0].split()[2] in ("bad", "good")
    with pytest.raises(ValueError, match=r"classes: expected 2 names: without and with what the output is .*; got 1"):
        model.trace(x, y > 0, labels=rs.Labels(classes=["good"]))


def test_something_else_is_refused():
    x, y, _ = problem()
    with pytest.raises(TypeError, match=r"labels: expected an rs.Labels, such as rs.Labels\(time=\[...\]\); got"):
        model_of().fit(x, y, verbose=0, labels=["a"])


# ------------------------------------------------------------------------------------------------ where they are kept


def test_recorded_samples_take_their_own_labels():
    x, y, labels = problem()
    trace = model_of().fit(x, y, epochs=2, verbose=0, labels=labels, record=rs.Record(samples=[5, 2]))
    assert trace.labels.samples == ("review 5", "review 2")
    assert trace.labels.time == (labels.time[5], labels.time[2]) and trace.labels.classes == tuple(CLASSES)
    assert trace.thin(1).labels == trace.labels


def test_labels_are_of_the_samples_that_are_trained_on():
    x, y, labels = problem()
    for record in (True, False):
        trace = model_of().fit(x, y, epochs=2, verbose=0, labels=labels, validation_split=0.25, record=record)
        assert len(trace.x) == 6 and trace.labels.samples == labels.samples[:6] and len(trace.labels.time) == 6


def test_a_trace_takes_other_labels():
    trace = classifier()
    other = trace.with_labels(rs.Labels(time=list("abcdef")))
    assert other.labels.time == tuple("abcdef") and other.labels.classes is None
    assert trace.labels.classes == tuple(CLASSES) and not other.with_labels(None).labels
    np.testing.assert_array_equal(other["lstm"]["f"], trace["lstm"]["f"])
    assert "time, classes, samples" in repr(trace) and "labels" not in repr(trace.with_labels(None))


def test_labels_are_in_files(tmp_path):
    trace, path = classifier(), tmp_path / "run.npz"
    odd = rs.Labels(time=["", " ", "\n", "가", "$x$", '"'])
    for labels in (trace.labels, odd, None):
        trace.with_labels(labels).save(path)
        assert rs.load_trace(path).labels == (labels or rs.Labels())


def test_files_of_format_1_still_load(tmp_path):
    trace, path = classifier(), tmp_path / "run.npz"
    trace.save(path)
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes())
    assert header.pop("labels") and header["format"] == 2
    arrays["header"] = np.frombuffer(json.dumps({**header, "format": 1}).encode(), np.uint8)
    np.savez(path, **arrays)
    loaded = rs.load_trace(path)
    assert not loaded.labels
    np.testing.assert_array_equal(loaded["lstm_1"]["h"], trace["lstm_1"]["h"])


def test_a_file_with_labels_of_another_length_is_refused(tmp_path):
    trace, path = classifier(), tmp_path / "run.npz"
    trace.save(path)
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes())
    header["labels"]["classes"].pop()
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=r"cannot be read: labels: classes: expected 3 names, one per output; got 2"):
        rs.load_trace(path)


# ----------------------------------------------------------------------------------------------- where they are drawn


@pytest.mark.parametrize("view", rs.figures.VIEWS)
def test_tokens_have_room_in_every_view(view):
    assert_texts_are_apart(getattr(rs.figures, view)(classifier(30), rs.Cursor(sample=1)))


@pytest.mark.parametrize("view", ["gates", "memory", "influence", "network", "gradient_flow", "units", "update"])
def test_tokens_stand_below_the_time_steps_and_follow_the_sample(view):
    trace, options = classifier(), {"samples": "one"} if view == "update" else {}
    figure = getattr(rs.figures, view)(trace, rs.Cursor(sample=1), **options)
    for sample in (1, 4):
        figure.update(rs.Cursor(sample=sample))
        drawn, tokens = words_in(figure), trace.labels.time[sample]
        shown = {
            token for token in tokens if any(text in (token, f"{token[:k]}…") for text in drawn for k in (1, 2, 3, 4))
        }
        assert len(shown) >= min(3, len(set(tokens))), drawn
        strangers = set(WORDS) - set(tokens)
        assert not strangers & set(drawn)


def test_a_layer_that_reads_backwards_has_its_tokens_turned():
    x, y, labels = problem()
    trace = model_of(go_backwards=True).fit(x, y, epochs=2, verbose=0, labels=labels)
    tokens, at = labels.time[1], rs.Cursor(sample=1, time=0)
    for layer, token in (("lstm", tokens[0]), ("lstm_1", tokens[-1])):
        moment = rs.Cursor(sample=1, time=0, layer=layer).at(trace)
        assert step_in_words(moment) == f"0 ({quoted(token)})"
        assert view_of("gates", trace, rs.Cursor(sample=1, layer=layer)).data.inputs[0] == token
    assert view_of("network", trace, at).data.labels == list(tokens)


def test_dates_are_never_shortened_and_stay_in_the_picture():
    series = np.sin(np.arange(50) / 3)
    x = np.stack([series[k : k + 30] for k in range(20)])[..., None]
    dates = np.datetime64("2021-01-01") + np.arange(50)
    labels = rs.Labels(time=[dates[k : k + 30] for k in range(20)])
    trace = rs.Sequential([rs.SimpleRNN(3, input_shape=(30, 1))], seed=0).trace(x, labels=labels)
    written_out = {str(date) for date in dates}
    for view in ("gates", "network"):
        figure = getattr(rs.figures, view)(trace, rs.Cursor(sample=3))
        assert_texts_are_apart(figure)
        texts = [text.partition(":")[0] for text in words_in(figure) if text.startswith("2021")]
        assert texts and set(texts) <= written_out
        assert "(2021-02-02)" in figure.views[0].headings[1].get_text()


def test_texts_get_the_room_that_there_is():
    view = view_of("gates", classifier(30), rs.Cursor(sample=1))
    fitting = view.times[0].fitting
    assert isinstance(fitting, Fitting)
    assert fitting.fitted("internationalization").endswith("…")
    assert fitting.fitted("I") == "I" and fitting.fitted("2021-01-01") == "2021-01-01"


def test_signs_that_cannot_be_seen_are_drawn():
    x, y, _ = problem()
    labels = rs.Labels(time=[" ", "\n", "\t", "", "$x$", "a$b"])
    trace = model_of().trace(x, y, labels=labels)
    figure = rs.figures.network(trace, rs.Cursor(sample=0))
    assert {"␣", "↵", "⇥", "∅", "\u200a$x$", "a$b"} <= set(words_in(figure))
    assert_texts_are_apart(figure)
    assert [step_in_words(rs.Cursor(sample=0, time=t).at(trace)) for t in (0, 5)] == ["0 (“␣”)", "5 (a$b)"]


def test_numbers_that_stand_for_tokens_are_written_as_they_are():
    assert input_ways(np.array([17.0])) == ["17"]
    assert input_ways(np.array([17.0]), "cat") == ["cat"]
    assert input_ways(np.array([17.0]), "internationalization")[-1] == "in…"


def test_the_moment_is_named_in_the_heading():
    trace = classifier()
    figure = rs.figures.cell(trace, rs.Cursor(epoch=1, sample=3, time=2, unit=0))
    token = quoted(trace.labels.time[3][2])
    assert (
        figure.views[0]
        .headings[1]
        .get_text()
        .startswith(f"epoch 1, sample 3 (review 3), time step 2 ({token}), unit 0")
    )
    assert f"time step 2 ({token})" in figure.alt


# ------------------------------------------------------------------------------------------------ classes and answers


def test_accuracy_is_the_share_of_right_classes():
    trace = classifier()
    _, y, _ = problem()
    for epoch in range(3):
        right = trace.predictions[epoch].argmax(axis=1) == y
        np.testing.assert_array_equal(right_answers(trace, epoch), right)
        moment = rs.Cursor(epoch=epoch, sample=0).at(trace)
        share = f"{100 * right.mean():.0f} %"
        said = f"For {right.sum()} of 8 recorded samples ({share}), the largest output is the right class."
        assert list(answers.accuracy(moment)) == [said]
        view = view_of("training", trace, rs.Cursor(epoch=epoch, sample=0))
        assert f"accuracy {share} ({right.sum()} of 8)" in view.predictions.text.get_text()


def test_accuracy_of_one_probability_and_of_sequences():
    x, y, _ = problem()
    trace = model_of(last=1).trace(x, y > 0)
    np.testing.assert_array_equal(right_answers(trace, 0), (trace.predictions[0, :, 0] > 0.5) == (y > 0))
    each = model_of(return_sequences=True).trace(x, np.repeat(y[:, None], STEPS, axis=1))
    right = each.predictions[0].argmax(axis=2) == y[:, None]
    (said,) = answers.accuracy(rs.Cursor().at(each))
    assert said.startswith(f"At {100 * right.mean():.0f} % of the time steps")
    assert right_answers(model_of().trace(x), 0) is None


def test_numbers_have_no_accuracy():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.GRU(2, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile()
    assert list(answers.accuracy(rs.Cursor().at(model.trace(task.x, task.y)))) == []


def test_the_training_view_shows_every_class_of_the_sample():
    trace = classifier()
    view = view_of("training", trace, rs.Cursor(epoch=2, sample=1))
    np.testing.assert_array_equal(view.data.point, [range(3), trace.predictions[2, 1]])
    _, y, _ = problem()
    np.testing.assert_array_equal(view.data.dots, [y, trace.predictions[2][range(SAMPLES), y]])
    assert set(CLASSES) <= set(words_in(view.figure))


def test_unseen_inputs_are_named_and_answered_by_class():
    x, y, labels = problem()
    model = model_of()
    trace = model.fit(x, y, epochs=2, verbose=0, labels=labels)
    unseen = model.trace(x[:2], y[:2], labels=labels.some([0, 1]))
    figure = rs.figures.training(trace, rs.Cursor(sample=1), unseen=unseen)
    best = unseen.predictions[0].argmax(axis=1)
    for k, text in enumerate(figure.views[0].listed.texts):
        share = f"{100 * unseen.predictions[0, k, best[k]]:.0f} %"
        said = f"{CLASSES[best[k]]} ({share}), right: {CLASSES[y[k]]}"
        assert text.get_text() == f"sample {k} (review {k}) → {said}"
    assert_texts_are_apart(figure)


def test_the_network_says_the_class():
    trace = classifier()
    view = view_of("network", trace, rs.Cursor(sample=1))
    outputs = trace.predictions[-1, 1]
    best = CLASSES[outputs.argmax()]
    said = f"{best} ({100 * outputs.max():.0f} %)"
    assert said in words_in(view.figure) and f"prediction: {said}" in view.target.get_text()


def test_sentences_name_classes_samples_and_steps():
    trace = classifier()
    _, y, labels = problem()
    moment = rs.Cursor(sample=1, time=3).at(trace)
    (task,) = answers.task(moment)
    assert task == f"The net reads {', '.join(map(quoted, labels.time[1]))} and should say {CLASSES[y[1]]}."
    (task,) = answers.task(rs.Cursor(sample=1).at(classifier(30)))
    assert "…, 30 in all," in task and task.endswith(f"should say {CLASSES[problem(30)[1][1]]}.")
    said = next(influence.shares(np.array([0.1, 0.8, 0.1]), lambda time: f"{time} (x)"))
    assert said == "The output follows the input at step 1 (x) most: 80 % of all its derivatives."


def test_the_worst_sample_is_named():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.GRU(2, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile()
    trace = model.trace(task.x, task.y, labels=rs.Labels(samples=list("abcdef")))
    assert next(answers.worst(rs.Cursor().at(trace))).startswith("Of the recorded samples, sample 5 (f) is worst")


# ------------------------------------------------------------------------------------------------- explorer and page


def test_the_explorer_names_samples_and_time_steps():
    trace = classifier()
    explorer = rs.explore(trace, views=["gates"], cursor=rs.Cursor(sample=1, time=2))
    board = explorer._screen.board
    (control,) = board._moment._sample.children
    assert control.options[3] == ("3: review 3", 3) and control.value == 1
    control.value = 3
    assert explorer.cursor.sample == 3
    assert board._time.readout.value == f"2 ({quoted(trace.labels.time[3][2])})"
    explorer.close()


def test_the_page_names_samples_and_time_steps(tmp_path):
    x = np.arange(6.0).reshape(2, 3, 1)
    tokens = [["so", "<b>", r"\1"], ["a", "&", "b"]]
    model = rs.Sequential([rs.SimpleRNN(1, go_backwards=True, input_shape=(3, 1))], seed=0)
    trace = model.trace(x, labels=rs.Labels(time=tokens, samples=["first", "second"]))
    rs.export_html(trace, tmp_path / "page.html", verbose=False)
    page = scenes_of(tmp_path / "page.html")
    assert page["samples"] == [[0, "first"], [1, "second"]]
    turned = [[quoted(token) for token in row[::-1]] for row in tokens]
    assert page["names"] == [turned]
    pieces = "".join(page["pool"])
    assert r">\1</text>" in pieces and ">&lt;b&gt;</text>" in pieces and ">&amp;</text>" in pieces


# ------------------------------------------------------------------------------------------------- other kinds of nets


def test_token_numbers_are_named_or_written_as_they_are():
    ids = np.random.default_rng(1).integers(1, 9, (3, 5))
    model = rs.Sequential([rs.layers.Embedding(9, 3), rs.GRU(2), rs.Dense(1)], seed=0)
    trace, tokens = model.trace(ids), [[f"w{k}" for k in row] for row in ids]
    named = trace.with_labels(rs.Labels(time=tokens))
    assert inputs_in_words(trace, 1) == ", ".join(map(str, ids[1]))
    for each, texts in ((trace, [str(k) for k in ids[1]]), (named, tokens[1])):
        at = rs.Cursor(sample=1, layer="gru")
        assert view_of("gates", each, at).data.inputs == texts
        assert {*texts} <= set(words_in(rs.figures.memory(each, at)))


def test_both_directions_have_their_tokens_on_the_time_of_the_input():
    x, _, labels = problem()
    first = rs.layers.Bidirectional(rs.LSTM(2, return_sequences=True), input_shape=x.shape[1:])
    trace = rs.Sequential([first, rs.GRU(2)], seed=0).trace(x, labels=rs.Labels(labels.time))
    for layer in trace.recurrent_layers:
        assert way_of_reading(trace, layer.name) == 1, layer.name
        moment = rs.Cursor(sample=1, time=0, layer=layer.name).at(trace)
        assert step_in_words(moment) == f"0 ({quoted(labels.time[1][0])})"


def test_steps_after_a_repeated_vector_are_not_those_of_the_input():
    x, _, labels = problem()
    layers = [rs.GRU(2, input_shape=x.shape[1:]), rs.layers.RepeatVector(STEPS), rs.LSTM(2, return_sequences=True)]
    trace = rs.Sequential(layers, seed=0).trace(x, labels=rs.Labels(labels.time))
    moments = {name: rs.Cursor(sample=1, time=0, layer=name).at(trace) for name in ("gru", "lstm")}
    assert [step_in_words(moment) for moment in moments.values()] == [f"0 ({quoted(labels.time[1][0])})", "0"]
    drawn = words_in(rs.figures.gates(trace, moments["lstm"].cursor))
    assert not set(WORDS) & set(drawn)


def test_classes_have_no_units():
    model = rs.Sequential([rs.GRU(2, input_shape=(3, 1)), rs.Dense(1, activation="sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy")
    x = np.random.default_rng(0).normal(size=(6, 3, 1))
    scaled = model.fit(x, x[:, 0] > 0, epochs=2, verbose=0, labels=rs.Labels(scale=(5.0, 2.0)))
    for view in ("training", "network"):
        figure = getattr(rs.figures, view)(scaled)
        assert "class" in figure.alt and "7" not in re.findall(r"class (\d+)", figure.alt)
    assert rs.verdict(scaled).startswith("It says class")
