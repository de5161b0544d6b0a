"""The numbers in the folded answers of the tutorials, which no cell prints: each question is done as it says.

What is computed is set into words, and these words must stand in the answers. Numbers that differ from processor to
processor are not quoted there; of them the answers say what holds everywhere.
"""

from contextlib import chdir

import numpy as np
import pytest

import rnnscope as rs
from tools import tutorials

pytestmark = pytest.mark.slow


def notebook(number):
    """Return the notebook of a number."""
    (path,) = (path for path in tutorials.english() if path.name.startswith(number))
    return tutorials.read(path)


def answers(number):
    """Return the text of the questions and their answers."""
    return tutorials.text_of(notebook(number)["cells"][-1])


def run(number, *cells, **changes):
    """Return the names that cells of a tutorial define, given by their numbers, with some of their text changed."""
    ids, known = [f"{number}-{cell:02}" for cell in cells], {}
    sources = {cell["id"]: tutorials.text_of(cell) for cell in notebook(number)["cells"]}
    code = "\n\n".join(sources[name] for name in ids)
    for old, new in changes.get("replace", {}).items():
        assert old in code
        code = code.replace(old, new)
    with chdir(tutorials.FOLDER):
        exec(compile(code, f"<tutorial {number}>", "exec"), known)
    return known


def percent(value):
    """Return a share as the answers write it."""
    return f"{100 * value:.0f} %"


def test_05_why_gates():
    said, traces = answers("05"), run("05", 1, 2)["traces"]
    slope = (1 - traces["SimpleRNN"]["simple_rnn"]["h"] ** 2).mean(axis=(1, 2, 3))
    assert f"it falls from {slope[0]:.2f} to {slope[-1]:.2f}" in said
    longer = run("05", 1, 2, replace={"STEPS = 30": "STEPS = 100"})["traces"]
    losses = {name: trace.history["loss"][-1] for name, trace in longer.items()}
    assert f"loss of SimpleRNN is {losses['SimpleRNN']:.3f}, that of the GRU is {losses['GRU']:.2f}" in said
    assert "that of the LSTM lies between 0.4 and 0.7" in said and 0.4 < losses["LSTM"] < 0.7


def test_08_your_own_model():
    assert "is above 0.999" in answers("08")
    assert run("08", 1)["model"].predict(np.eye(10)[[[2, 5, 1, 5, 0, 8, 3, 9]]]) > 0.999


def letters_after(animal, length, epochs):
    """Return how probable `m` and `l` are after a sentence of an animal."""
    replace = {"LENGTH = 12": f"LENGTH = {length}", "epochs=150": f"epochs={epochs}"}
    known = run("09", 1, 2, 4, 6, replace=replace)
    window = f" {animal} sat on the "[-length:]
    probable = known["model"].predict([[known["number"][letter] for letter in window]])[0]
    return [probable[known["number"][letter]] for letter in "ml"]


def test_09_letters():
    said = answers("09")
    cat, dog = (letters_after(animal, 15, 150) for animal in ("cat", "dog"))
    assert f"The same after both: `m` with {percent(cat[0])} and `l` with {percent(cat[1])}" in said
    assert [*map(percent, cat)] == [*map(percent, dog)]
    cat, dog = (letters_after(animal, 15, 300) for animal in ("cat", "dog"))
    assert f"`m` with {percent(cat[0])} after the cat, `l` with {percent(dog[1])} after the dog" in said
    assert "with `LENGTH = 16`, 150 epochs are enough" in said
    assert letters_after("cat", 16, 150)[0] > 0.9 and letters_after("dog", 16, 150)[1] > 0.9


SENTENCES = (1, 2, 4, 19, 21, 23, 26)


def test_09_words():
    said, known = answers("09"), run("09", *SENTENCES)
    reader, (tokens,) = known["reader"], known["tokens"](["i did not find the book great"])
    hidden = [tokens.copy() for _ in range(2)]
    hidden[0][2] = hidden[1][1:4] = 0
    without_not, without_all = reader.predict(np.array(hidden))[:, 0]
    assert without_not < 0.1
    assert f"and it is praise, with {percent(without_all)}" in said
    known = run("09", *SENTENCES, replace={", mask_zero=True": ""})
    reader, tokens = known["reader"], known["tokens"](known["pair"])
    assert (reader.predict(tokens)[:, 0] > 0.5).tolist() == [False, True]
    assert "then both answers turn round" in said
    assert (reader.predict(np.pad(tokens, ((0, 0), (0, 20))))[:, 0] > 0.5).tolist() == [True, False]


def test_10_what_if():
    said, known = answers("10"), run("10", 1, 3, 5, 11)
    before, loss, correlation = known["before"], known["loss"], known["correlation"]
    kept = rs.what_if(before, rs.Hold("lstm", "f", 0.9))
    always = rs.what_if(before, rs.Hold("lstm", "f", 1.0))
    assert f"the loss is {loss(kept):.3f}, the correlation {correlation(kept):.2f}" in said
    assert f"about {loss(kept) / loss(before):.0f} times the loss" in said and f"f = 1 with {loss(always):.3f}" in said
    shut = rs.what_if(before, rs.Hold("lstm", "o", 0.0, time=slice(0, 8)))
    cut = rs.what_if(before, rs.Edit("lstm", "recurrent_kernel", slice(None), 0.0))
    number = f"{correlation(shut):.2f}".replace("-", "−")
    assert f"the loss is {loss(shut):.2f}, and the correlation {number}" in said
    assert f"{loss(shut):.3f}" == f"{loss(cut):.3f}"


def test_10_what_if_of_a_gru():
    said, known = answers("10"), run("10", 1, 3, replace={"rs.LSTM(8": "rs.GRU(8"})
    before, loss = known["before"], known["loss"]
    losses = [loss(rs.what_if(before, rs.Hold("gru", "z", value))) for value in (0.0, 1.0)]
    assert f"the loss is {losses[0]:.1f}" in said and f"the loss is {losses[1]:.3f}" in said
    assert f"`no_reset` gives {loss(rs.what_if(before, *rs.interventions.no_reset(before))):.2f}" in said
    mean = loss(rs.what_if(before, rs.Hold("gru", "r", "mean")))
    assert f"only {mean / loss(before):.0f} times as large as it was, {mean:.3f}" in said


def losses_of(optimizer="sgd", **settings):
    """Return the losses of the first 100 epochs with settings, and the training."""
    training = run("11", 1, replace={'"sgd"': f'"{optimizer}"'})["live"].training
    if optimizer == "adam":
        rates = training.rates()
        assert (rates.too_small, rates.good, rates.too_large) == (0.001, 0.03, 10)
        settings["learning_rate"] = rates.too_large
    training.change(**settings)
    training.start(100)
    training.wait()
    return training.trace.history["loss"], training


def test_11_train_live():
    said = answers("11")
    single, _ = losses_of(learning_rate=0.03, batch_size=1)
    assert f"epoch 0 is then {single[0]:.1f}" in said
    free, _ = losses_of(learning_rate=0.1)
    clipped, _ = losses_of(learning_rate=0.1, clipnorm=1.0)
    assert f"is {free[1]:.1f} after one step, with it {clipped[1]:.1f}" in said
    assert f"between {min(clipped[-10:]):.2f} and {max(clipped[-10:]):.2f}" in said
    assert np.ptp(free[-10:]) > 0.2 > np.ptp(clipped[-10:])
    jumping, training = losses_of("adam")
    assert f"about {round(max(jumping), -3):,.0f}, but it comes down to {jumping[-1]:.1f}" in said
    assert f"it says {training.trace.predictions[-1, 0, 0]:.1f} to every sample" in said
    assert np.ptp(training.trace.predictions[-1]) < 0.01
