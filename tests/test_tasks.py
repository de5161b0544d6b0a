"""The tasks: every number of their data beside a rule of its own, and what counts as solved."""

import itertools
import math

import numpy as np
import pytest

import rnnscope as rs

NEEDS = {"text": ("the cat sat on the mat. the dog sat on the log.",), "windows": (np.sin(np.arange(60.0)), 5)}
"""What tasks need to be made."""

SEEDED = [name for name in rs.tasks.NAMES if "seed" in getattr(rs.tasks, name).__annotations__]


def made(name, **options):
    return getattr(rs.tasks, name)(*NEEDS.get(name, ()), **options)


def both(task):
    """Return all rows with their targets, those of training and the unseen ones."""
    return zip(
        [*task.x.astype(float), *task.unseen.astype(float)],
        [*task.y.astype(float), *task.unseen_y.astype(float)],
        strict=True,
    )


# ---------------------------------------------------------------------------------------------- what all have in common


@pytest.mark.parametrize("name", rs.tasks.NAMES)
def test_a_net_that_the_task_describes_can_be_trained_on_it(name):
    task = made(name)
    layers = [rs.layers.Embedding(task.tokens, 2)] if task.tokens else []
    layers += [rs.layers.GRU(2, return_sequences=task.is_per_step)]
    layers += [rs.layers.Dense(task.outputs, activation=task.activation)]
    model = rs.Sequential([rs.Input(shape=task.x.shape[1:]), *layers], seed=0)
    model.compile(task.settings.optimizer, task.loss)
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, labels=task.labels, record=rs.Record(samples=[0]))
    said = model.predict(task.unseen)
    assert np.isfinite(task.score(said)) and len(trace.labels.steps(0)) in (0, task.x.shape[1])
    model.trace(task.unseen, task.unseen_y, labels=task.unseen_labels, record=rs.Record(samples=[0]))


@pytest.mark.parametrize("name", rs.tasks.NAMES)
def test_right_answers_solve_a_task_and_the_trivial_ones_do_not(name):
    task = made(name)
    right = np.eye(task.classes)[task.unseen_y[..., 0]] if task.classes else task.unseen_y
    assert task.is_solved(task.score(right)) and not task.is_solved(task.trivial_score)
    assert task.is_better(task.score(right), task.trivial_score)
    assert not task.is_solved(float("nan")) and math.isnan(task.score(np.full(right.shape, np.nan)))


@pytest.mark.parametrize("name", rs.tasks.NAMES)
def test_a_task_describes_itself_in_whole_sentences(name):
    task = made(name)
    text = task.describe()
    assert text.startswith(f"{name}: ") and text.endswith(".") and task.meaning in text
    assert "counts as solved." in text and "  " not in text and task.meaning.endswith(".")


@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_gives_the_same_data_and_another_one_other_data(name):
    first, again, other = made(name, seed=3), made(name, seed=3), made(name, seed=4)
    for part in ("x", "y", "unseen", "unseen_y"):
        assert getattr(first, part).tobytes() == getattr(again, part).tobytes()
    assert not np.array_equal(first.x, other.x)


@pytest.mark.parametrize("name", SEEDED)
def test_no_unseen_row_is_trained_on(name):
    task = made(name)
    seen, unseen = ({row.tobytes() for row in rows} for rows in (task.x, task.unseen))
    assert len(seen) == len(task.x) and len(unseen) == len(task.unseen) and not seen & unseen


@pytest.mark.parametrize("name", SEEDED)
def test_sizes_are_those_that_were_asked_for(name):
    task = made(name, samples=20, unseen=7)
    assert len(task.x) == len(task.y) == 20 and len(task.unseen) == len(task.unseen_y) == 7
    with pytest.raises(ValueError, match="samples: expected an integer of at least 1; got 0"):
        made(name, samples=0)
    with pytest.raises(TypeError, match="seed: expected an integer of at least 0; got 'one'"):
        made(name, seed="one")


# ------------------------------------------------------------------------------------------------------------ each task


def test_recall():
    task = rs.tasks.recall(lag=7)
    for row, answer in both(task):
        assert row.shape == (8, 1) and answer.tolist() == [row[0, 0]] and np.abs(row).max() <= 1
    assert task.labels.steps(0) == ("value", *(f"+{k}" for k in range(1, 8)))
    assert task.trivial_score == pytest.approx(math.sqrt(1 / 3), abs=0.05)


def test_adding():
    task = rs.tasks.adding(length=9)
    for k, (row, answer) in enumerate(both(task)):
        marked = [step for step in range(9) if row[step, 1] == 1]
        assert len(marked) == 2 and marked[0] < 4 <= marked[1] and set(row[:, 1]) == {0, 1}
        assert answer[0] == pytest.approx(row[marked[0], 0] + row[marked[1], 0])
        if k < len(task.x):
            starred = [step for step, name in enumerate(task.labels.time[k]) if name.endswith("*")]
            assert starred == marked and task.labels.time[k][0].startswith(f"{row[0, 0]:.2f}")
    assert task.trivial_score == pytest.approx(math.sqrt(1 / 6), abs=0.05)


def test_echo():
    task = rs.tasks.echo(delay=2, length=9)
    for row, answer in both(task):
        waiting = [0, 0]
        for bit, said in zip(row[:, 0], answer[:, 0], strict=True):
            waiting.append(bit)
            assert said == waiting.pop(0)
    assert "".join(task.labels.time[5]) == "".join(f"{bit:.0f}" for bit in task.x[5, :, 0])
    assert task.trivial_score == pytest.approx((2 + 7 / 2) / 9, abs=0.06)


@pytest.mark.parametrize("every_step", [True, False])
def test_parity(every_step):
    task = rs.tasks.parity(length=6, every_step=every_step)
    assert len(task.x) == 48 and len(task.unseen) == 16  # all 64 rows, in the shares that were asked for
    for row, answer in both(task):
        is_odd, said = False, []
        for bit in row[:, 0]:
            is_odd ^= bool(bit)
            said.append(float(is_odd))
        assert answer.ravel().tolist() == (said if every_step else said[-1:])


@pytest.mark.parametrize(("depth", "length"), [(2, None), (4, None), (3, 10)])
def test_bracket(depth, length):
    task = rs.tasks.bracket(depth, length, samples=60, unseen=20)
    deepest, names = 0, [*task.labels.time, *task.unseen_labels.time]
    for (row, answer), label in zip(both(task), names, strict=True):
        stack, text = [], "".join(label)
        for step, name in zip(row[:, 0], text, strict=True):
            stack.append(name) if step > 0 else stack.pop()
            deepest = max(deepest, len(stack))
        assert text.replace("(", "").replace(")", "") == "" and len(text) == (length or 4 * depth)
        assert answer[0] == (not stack)
    assert deepest == depth and task.y.mean() == pytest.approx(0.5, abs=0.02)


def test_sine():
    task = rs.tasks.sine(length=6, period=9.0)
    for row, answer in both(task):
        values = [*row[:, 0], answer[0]]
        for k in range(2, 7):
            assert values[k] == pytest.approx(2 * math.cos(2 * math.pi / 9) * values[k - 1] - values[k - 2], abs=1e-5)
    assert np.abs(task.x).max() == pytest.approx(1, abs=0.01)
    assert task.labels.steps(0) == ("t−5", "t−4", "t−3", "t−2", "t−1", "t")
    assert task.trivial_score == pytest.approx(2 * math.sin(math.pi / 9) / math.sqrt(2), abs=0.05)


def test_sawtooth():
    task = rs.tasks.sawtooth(length=12, period=5.0)
    for row, answer in both(task):
        values = [*row[:, 0], answer[0]]
        for before, after in itertools.pairwise(values):
            risen = before + 2 / 5
            assert after == pytest.approx(risen if risen < 1 - 1e-5 else risen - 2, abs=1e-5) or abs(risen - 1) < 1e-5


def test_composite():
    clean = rs.tasks.composite(length=8, period=12.0, noise=0.0)
    roots = [2 * math.cos(2 * math.pi * speed / 12) for speed in (1, 2.3)]
    for row, answer in both(clean):  # each wave is gone behind v(t) − r·v(t−1) + v(t−2)
        values = np.array([*row[:, 0], answer[0]])
        for root in roots:
            values = values[2:] - root * values[1:-1] + values[:-2]
        assert np.abs(values).max() < 1e-5
    assert clean.solved_score == 0.05 and 1.3 < np.abs(clean.x).max() <= 1.5
    noisy = rs.tasks.composite(noise=0.2)
    assert noisy.solved_score == pytest.approx(0.3) and "noise of 0.2" in noisy.describe()


def test_noise_of_composite_has_the_size_that_was_asked_for():
    task = rs.tasks.composite(length=8, period=12.0, noise=0.3, samples=4000)
    values = task.x[..., 0].astype(float)
    weights = np.array([1.0])
    for speed in (1, 2.3):
        weights = np.convolve(weights, [1, -2 * math.cos(2 * math.pi * speed / 12), 1])
    left = np.stack([np.convolve(row, weights, "valid") for row in values])
    assert left.std() / np.linalg.norm(weights) == pytest.approx(0.3, rel=0.03)


@pytest.mark.parametrize("one_hot", [True, False])
def test_text(one_hot):
    string = "to be or not to be"
    task = rs.tasks.text(string, 3, one_hot=one_hot)
    letters = sorted(set(string))
    for k, (row, answer) in enumerate(both(task)):
        numbers = row.argmax(axis=1) if one_hot else row.astype(int)
        assert "".join(letters[n] for n in numbers) == string[k : k + 3] and letters[int(answer[0])] == string[k + 3]
        assert not one_hot or ((row.sum(axis=1) == 1).all() and set(row.ravel()) == {0, 1})
    assert len(task.x) == 12 and len(task.unseen) == 3 and task.classes == len(letters)
    assert task.labels.time[0] == ("t", "o", " ") and task.labels.classes == tuple(letters)
    assert task.tokens == (None if one_hot else len(letters)) and "'to ' -> 'b'" in task.describe()
    most = max(letters, key=[string[k + 3] for k in range(12)].count)
    assert task.trivial_score == pytest.approx(sum(string[k + 3] == most for k in range(12, 15)) / 3)


@pytest.mark.parametrize("scaled", [False, True])
def test_tens(scaled):
    task = rs.tasks.tens(scaled=scaled)
    size = 100 if scaled else 1
    rows = [[10, 20, 30], [20, 30, 40], [30, 40, 50], [40, 50, 60], [50, 60, 70]]
    np.testing.assert_allclose([row[:, 0] * size for row, _ in both(task)], rows, rtol=1e-6)
    np.testing.assert_allclose([answer[0] * size for _, answer in both(task)], [40, 50, 60, 70, 80], rtol=1e-6)
    assert task.solved_score * size == 2 and task.labels.time[0] == ("10", "20", "30")
    assert task.trivial_score * size == pytest.approx(25, rel=1e-5)


@pytest.mark.parametrize(("scaled", "activation"), [(False, "tanh"), (False, "relu"), (True, "tanh")])
def test_tens_saturate_a_net_with_tanh_unless_they_are_scaled(scaled, activation):
    task = rs.tasks.tens(scaled=scaled)
    model = rs.Sequential([rs.LSTM(16, activation=activation, input_shape=(3, 1)), rs.Dense(1)], seed=0)
    model.compile(rs.optimizers.Adam(0.01), task.loss)
    model.fit(task.x, task.y, epochs=task.settings.epochs, verbose=0, record=False)
    is_right = scaled or activation == "relu"
    assert task.is_solved(task.score(model.predict(task.unseen))) == is_right
    trace = model.trace(np.concatenate([task.x, task.unseen]))
    saturated = np.abs(np.tanh(trace["lstm"]["c"])) > 0.95
    if activation == "tanh":
        last, before = trace["lstm"]["h"][0, -1, -1], trace["lstm"]["h"][0, -2, -1]
        apart = np.abs(last - before).max()
        assert (saturated[0, :, -1].mean() > 0.5, apart < 0.02) == (not is_right, not is_right)


# ------------------------------------------------------------------------------------------------------- bad arguments


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: rs.tasks.recall(0), "lag: expected an integer of at least 1; got 0"),
        (lambda: rs.tasks.adding(1), "length: expected an integer of at least 2; got 1"),
        (lambda: rs.tasks.echo(5, 5), "length: expected an integer of at least 6; got 5"),
        (lambda: rs.tasks.parity(1), "length: expected an integer of at least 2; got 1"),
        (lambda: rs.tasks.parity(every_step=1), "every_step: expected True or False; got 1"),
        (lambda: rs.tasks.bracket(4, 9), "length: expected an even number of brackets; got 9"),
        (lambda: rs.tasks.bracket(4, 6), "length: expected an integer of at least 8; got 6"),
        (lambda: rs.tasks.sine(period=2), "period: expected a number above 2; got 2"),
        (lambda: rs.tasks.sawtooth(period="x"), "period: expected a number above 2; got 'x'"),
        (lambda: rs.tasks.composite(noise=-1), "noise: expected a number of at least 0; got -1"),
        (lambda: rs.tasks.text(["a"]), "string: expected text; got"),
        (lambda: rs.tasks.text("abcde"), "string: expected at least 6 characters, two different ones"),
        (lambda: rs.tasks.text("aaaaaaaaaaa"), "two different ones"),
        (lambda: rs.tasks.text("hello world", unseen=1), "unseen: expected a number above 0 and below 1; got 1"),
        (lambda: rs.tasks.tens(scaled=100), "scaled: expected True or False; got 100"),
        (lambda: rs.tasks.Settings(units=0), "units: expected an integer of at least 1; got 0"),
        (lambda: rs.tasks.Settings(learning_rate=0), "learning_rate: expected a number above 0; got 0"),
        (lambda: rs.tasks.Settings(optimizer=3), "optimizer: expected the name of an optimizer; got 3"),
    ],
)
def test_bad_arguments_are_named(make, words):
    with pytest.raises((TypeError, ValueError), match=words.replace("(", r"\(")):
        make()


# ------------------------------------------------------------------------------------------------- a task of one's own


X = np.zeros((4, 3, 1))


def test_a_task_of_ones_own_needs_no_more_than_arrays():
    y = np.array([0.0, 1.0, 2.0, 3.0])
    task = rs.tasks.Task("mine", X, y, X[:2], "say it.", np.array([1.0, 5.0]))
    assert task.y.shape == (4, 1) and task.outputs == 1 and not task.is_per_step
    assert task.trivial_score == pytest.approx(math.sqrt((0.5**2 + 3.5**2) / 2))
    assert task.solved_score == pytest.approx(task.trivial_score / 10)
    assert task.is_solved(task.trivial_score / 11) and not task.is_solved(task.trivial_score / 9)


@pytest.mark.parametrize("classes", [None, 3])
def test_accuracy_of_rows_and_of_class_numbers(classes):
    numbers = np.array([[0], [1], [1], [2]])
    y = numbers if classes else np.eye(3)[numbers[:, 0]]
    task = rs.tasks.Task("mine", X, y, X, "say it.", y, classes=classes, measure="accuracy")
    said = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]])
    assert task.score(said) == 0.75 and task.trivial_score == 0.5 and task.solved_score == pytest.approx(0.95)
    assert task.is_solved(0.95) and not task.is_solved(0.94) and task.is_better(0.6, 0.5)


def test_a_task_without_right_answers_cannot_be_scored():
    task = rs.tasks.Task("mine", X, np.zeros(4), X, "say it.")
    assert "solved" not in task.describe()
    with pytest.raises(ValueError, match="score: expected a task with unseen_y; 'mine' does not know"):
        task.score(np.zeros((4, 1)))


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((X[..., 0], np.zeros(4), X), {}, r"x: expected an array \(sample, time, feature\); got shape \(4, 3\)"),
        ((X, np.zeros(4), X), {"tokens": 5}, r"x: expected an array \(sample, time\); got shape \(4, 3, 1\)"),
        ((X, np.zeros(3), X), {}, r"y: expected targets of shape \(4, output\) or \(4, 3, output\); got \(3, 1\)"),
        ((X, np.zeros(4), X[:2]), {"unseen_y": np.zeros(4)}, r"unseen_y: expected targets of shape \(2, output\)"),
        ((X, np.zeros(4), X), {"measure": "acuracy"}, r"measure: expected one of .*did you mean 'accuracy'"),
        ((X, np.zeros(4), X), {"classes": 1}, "classes: expected an integer of at least 2; got 1"),
        ((X, np.zeros(4), X), {"solved": "0.1"}, "solved: expected a number"),
    ],
)
def test_what_does_not_fit_together_is_said(arguments, options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        rs.tasks.Task("mine", *arguments, "say it.", **options)


def test_predictions_have_the_shape_of_the_targets():
    task = rs.tasks.recall(3)
    with pytest.raises(ValueError, match=r"prediction: expected numbers of shape \(128, 1\); got float64 of \(128,\)"):
        task.score(np.zeros(128))
