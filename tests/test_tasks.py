"""The sequence tasks: every value follows an independent rule, and every task can be learned with what suits it."""

from __future__ import annotations

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.tasks import NAMES

SERIES = np.sin(np.arange(60) / 3)
GIVEN = {"text": ("to be or not to be, that is the question",), "windows": (SERIES, 5)}
MADE = {name: getattr(rs.tasks, name)(*GIVEN.get(name, ())) for name in NAMES}
SEEDED = [name for name in NAMES if name not in (*GIVEN, "counting", "tens")]


def rows(task):
    """Return all rows of a task, those to train on and the unseen ones, with what is right."""
    return list(zip([*task.x, *task.unseen], [*task.y, *task.unseen_y], strict=True))


def test_recall_asks_for_the_first_number():
    for x, y in rows(rs.tasks.recall(lag=7)):
        assert x.shape == (8, 1) and y.tolist() == x[0].tolist() and (abs(x) <= 1).all()


def test_adding_asks_for_the_sum_of_the_marked_numbers():
    for x, y in rows(rs.tasks.adding(length=9)):
        marked = [value for value, mark in x.tolist() if mark == 1]
        places = np.flatnonzero(x[:, 1])
        assert len(marked) == 2 and places[0] < 4 <= places[1] and set(x[:, 1].tolist()) == {0.0, 1.0}
        assert y[0] == pytest.approx(sum(marked), abs=1e-6)


def test_echo_repeats_later():
    for x, y in rows(rs.tasks.echo(delay=3, length=8)):
        assert y[:, 0].tolist() == [0.0] * 3 + x[:5, 0].tolist()


@pytest.mark.parametrize("every_step", [True, False])
def test_parity_asks_whether_the_ones_are_odd(every_step):
    for x, y in rows(rs.tasks.parity(length=6, every_step=every_step)):
        odd = [float(sum(x[: k + 1, 0]) % 2 == 1) for k in range(6)]
        assert y.ravel().tolist() == (odd if every_step else odd[-1:])


def test_bracket_asks_whether_all_are_closed():
    task = rs.tasks.bracket(depth=3, length=8)
    for x, y in rows(task):
        heights = np.cumsum(x[:, 0])
        assert heights.min() >= 0 and heights.max() <= 3 and y[0] == float(heights[-1] == 0)
    assert 0.4 < task.y.mean() < 0.6
    assert "".join(task.labels.steps(0)).count("(") == int((task.x[0] > 0).sum())


@pytest.mark.parametrize("name", ["sine", "sawtooth"])
def test_waves_come_again_after_their_period(name):
    for x, y in rows(getattr(rs.tasks, name)(length=12, period=6)):
        assert y[0] == pytest.approx(x[-6, 0], abs=2e-5) and (abs(x) <= 1 + 1e-6).all()


def test_composite_is_two_waves_and_noise():
    clear, noisy = (rs.tasks.composite(length=40, period=10, noise=noise) for noise in (0.0, 0.3))
    times = np.arange(41)
    angles = [2 * np.pi * k * times / 10 for k in (1, 2.3)]
    basis = np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)
    for x, y in rows(clear)[:20]:
        values = np.append(x[:, 0], y)
        weights, *_ = np.linalg.lstsq(basis, values, rcond=None)
        np.testing.assert_allclose(basis @ weights, values, atol=1e-5)
        np.testing.assert_allclose([np.hypot(*weights[:2]), np.hypot(*weights[2:])], [1, 0.5], atol=1e-4)
    left = [v - basis @ np.linalg.lstsq(basis, v, rcond=None)[0] for v in (np.append(x, y) for x, y in rows(noisy))]
    assert np.std(left) == pytest.approx(0.3 * np.sqrt(37 / 41), rel=0.03)


@pytest.mark.parametrize("one_hot", [True, False])
def test_text_asks_for_the_next_character(one_hot):
    string = "abracadabra"
    task = rs.tasks.text(string, length=3, one_hot=one_hot)
    characters = sorted(set(string))
    for k, (x, y) in enumerate(rows(task)):
        read = x.argmax(axis=1) if one_hot else x
        assert "".join(characters[token] for token in read) == string[k : k + 3]
        assert characters[y[0]] == string[k + 3]
    assert len(rows(task)) == len(string) - 3 and task.labels.classes == tuple(characters)


def test_tens_are_the_same_question_on_another_scale():
    raw, scaled = rs.tasks.tens(), rs.tasks.tens(scaled=True)
    assert [(x.ravel().tolist(), y.tolist()) for x, y in rows(raw)][-1] == ([50.0, 60.0, 70.0], [80.0])
    np.testing.assert_allclose(raw.x / 100, scaled.x, rtol=1e-6)
    assert raw.solved_score == 100 * scaled.solved_score == 2


@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_says_all(name):
    make = getattr(rs.tasks, name)
    one, same, other = make(seed=3), make(seed=3), make(seed=4)
    np.testing.assert_array_equal(one.x, same.x)
    np.testing.assert_array_equal(one.unseen_y, same.unseen_y)
    assert one.x.shape != other.x.shape or (one.x != other.x).any()


@pytest.mark.parametrize("name", ["recall", "adding", "echo", "parity", "bracket", "sine", "sawtooth", "composite"])
def test_unseen_rows_are_not_among_those_to_train_on(name):
    task = MADE[name]
    seen = {row.tobytes() for row in task.x}
    assert not any(row.tobytes() in seen for row in task.unseen)


@pytest.mark.parametrize("name", NAMES)
def test_the_right_answers_are_solved_and_the_trivial_one_is_not(name):
    task = MADE[name]
    right = np.eye(task.classes)[task.unseen_y[..., 0]] if task.classes else task.unseen_y
    assert task.is_solved(task.score(right)) and not task.is_solved(float("nan"))
    assert not task.is_solved(task.trivial_score) or name == "windows"  # there it is just what has to be beaten
    words = task.describe()
    assert words.startswith(f"{name}: ") and words.endswith(".") and rs.numbers.written(task.solved_score, 2) in words
    for part, labels in ((task.x, task.labels), (task.unseen, task.unseen_labels)):
        (labels or rs.Labels()).check(len(part), part.shape[1], task.outputs)


@pytest.mark.parametrize("name", NAMES)
def test_every_task_is_trained_with_what_suits_it(name):
    task = MADE[name]
    layers = [rs.GRU(4, return_sequences=task.is_per_step), rs.Dense(task.outputs, activation=task.activation)]
    first = [rs.layers.Embedding(task.tokens, 3)] if task.tokens else []
    model = rs.Sequential([rs.Input(task.x.shape[1:]), *first, *layers], seed=0)
    model.compile(rs.optimizers.Adam(0.01), task.loss)
    trace = model.fit(task.x, task.y, epochs=3, verbose=0, record=rs.Record(samples=[0, 1]), labels=task.labels)
    losses = trace.history["loss"]
    assert losses[-1] < losses[0] and np.isfinite(task.score(model.predict(task.unseen)))


def test_a_task_of_ones_own():
    x = np.random.default_rng(0).normal(size=(30, 4, 1))
    task = rs.tasks.Task("mine", x[:20], x[:20].sum(axis=1), x[20:], "say the sum.", x[20:].sum(axis=1))
    mean = task.y.mean(axis=0)
    assert task.trivial_score == pytest.approx(np.sqrt(np.mean((task.unseen_y - mean) ** 2)))
    assert task.solved_score == pytest.approx(0.1 * task.trivial_score)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rs.tasks.recall(0), "lag: expected an integer of at least 1; got 0"),
        (lambda: rs.tasks.recall(seed=-1), "seed"),
        (lambda: rs.tasks.adding(1), "length: expected an integer of at least 2"),
        (lambda: rs.tasks.echo(5, length=5), "length: expected an integer of at least 6"),
        (lambda: rs.tasks.parity(every_step=1), "every_step: expected True or False"),
        (lambda: rs.tasks.bracket(length=9), "length: expected an even number"),
        (lambda: rs.tasks.sine(period=1), "period"),
        (lambda: rs.tasks.composite(noise=-1), "noise"),
        (lambda: rs.tasks.text(3), "string: expected text"),
        (lambda: rs.tasks.text("aaaa"), "two different ones"),
        (lambda: rs.tasks.tens(scaled="no"), "scaled: expected True or False"),
        (lambda: MADE["recall"].score(np.zeros(3)), "prediction: expected numbers of shape"),
        (lambda: rs.tasks.Task("a", np.zeros((3, 2)), [0, 1, 2], np.zeros((1, 2, 1)), "b."), "x: expected an array"),
        (lambda: rs.tasks.Settings(learning_rate=0), "learning_rate"),
    ],
)
def test_what_does_not_fit_is_said(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()
