"""Pictures of the table of an embedding: a row for every token, with its name, its gradient, and how far it moved."""

from functools import cache

import numpy as np
import pytest
from pictures import assert_texts_are_apart, number, view_of

import rnnscope as rs
from rnnscope.analysis.lookups import lookups_of, tokens_read
from rnnscope.trace.naming import token_in_words, token_names

L = rs.layers
WORDS = ["<pad>", "the", "cat", "sat", "on", "mat", "dog", "never", "seen"]
TOKENS = np.array([[1, 2, 3, 0], [1, 6, 3, 4], [5, 2, 0, 0]])
LABELS = rs.Labels(time=[[WORDS[token] for token in row] for row in TOKENS])
AT = rs.Cursor(layer="embedding", epoch=1, unit=1)


@cache
def told(optimizer="sgd", *, labels=True, **options):
    """Return a training on sentences of tokens, of which 7 and 8 are in none."""
    layers = [L.Embedding(9, 3, mask_zero=True), L.LSTM(4), L.Dropout(0.1), rs.Dense(1)]
    model = rs.Sequential(layers, seed=2, dtype="float64")
    model.compile(optimizer, "mse")
    y = np.array([[1.0], [-1.0], [2.0]])
    return model.fit(TOKENS, y, epochs=3, verbose=0, labels=LABELS if labels else None, **options)


@cache
def large(units=32):
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 40, (12, 6))
    model = rs.Sequential([L.Embedding(60, units), L.GRU(300), rs.Dense(1)], seed=1)
    model.compile("adam", "mse")
    return model.fit(tokens, rng.normal(size=(12, 1)), epochs=3, verbose=0)


# ------------------------------------------------------------------------------------------------------------ its data


def test_look_ups_add_up_to_the_gradient_of_the_table():
    model = rs.Sequential([L.Embedding(9, 3), L.LSTM(4), rs.Dense(1)], seed=2, dtype="float64")
    model.compile("sgd", "mse")
    y = np.array([[1.0], [-1.0], [2.0]])
    moment = rs.Cursor(layer="embedding").at(model.trace(TOKENS, y))
    wanted, found = model.gradients(TOKENS, y)[0], lookups_of(moment)
    np.testing.assert_allclose(found.total(), wanted, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(sum(found.at(time) for time in range(4)), wanted, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.of(2, 1).sum(), wanted[2, 1], rtol=1e-12)
    np.testing.assert_allclose(found.norms(), [np.linalg.norm(found.at(time)) for time in range(4)])
    alone = [lookups_of(moment.but(sample=k), one_sample=True).total() for k in range(3)]
    np.testing.assert_allclose(sum(alone), wanted, rtol=1e-12, atol=1e-15)
    assert found.at(0).any(axis=1).nonzero()[0].tolist() == [1, 5], "the tokens that stand at the first step"


def test_tokens_are_called_by_the_label_that_they_always_have():
    trace = told()
    table = trace["embedding"]
    assert token_names(trace, table) == [*WORDS[:7], "7", "8"]
    assert token_in_words(trace, table, 2) == "cat" and token_in_words(trace, table, 8) == "token 8"
    numbers = [str(token) for token in range(9)]
    assert token_names(trace.with_labels(None), table) == numbers
    assert token_names(trace.with_labels(rs.Labels(time=list("abcd"))), table) == numbers, "names of time steps"
    mixed = trace.with_labels(rs.Labels(time=[list("abcd"), list("abcd"), list("efgh")]))
    assert token_names(mixed, table)[0] == "0", "it is d here and g there"
    assert tokens_read(rs.Cursor(layer="embedding").at(trace)) == {1, 2, 3, 4, 5, 6}, "the padding does not count"


# --------------------------------------------------------------------------------------------------------- its weights


def test_the_map_of_a_table_has_a_named_row_for_every_token():
    trace = told()
    view = view_of("weights", trace, AT)
    drawn = view.maps["embeddings", ""]
    np.testing.assert_array_equal(drawn.images[0].get_array(), trace.weights(1)[0])
    assert [text.get_text() for text in drawn.names.texts] == [*WORDS[:7], "7", "8"]
    assert [text.get_position()[1] for text in drawn.names.texts] == list(range(9))
    assert view.titles()[0] == "Embedding layer 'embedding': 9 tokens, a row of 3 numbers for each"
    assert "unit 0 … 2" in [text.get_text() for text in drawn.axes.texts]


def test_names_follow_rows_that_are_sorted():
    view = view_of("weights", told(), AT, change=True)
    drawn, change = view.maps["embeddings", ""], told().weights(1)[0] - told().weights(0)[0]
    names = [*WORDS[:7], "7", "8"]
    order = [names.index(text.get_text()) for text in drawn.names.texts]
    columns = np.argsort(drawn.columns_of[0])
    np.testing.assert_array_equal(drawn.images[0].get_array(), change[order][:, columns])


def test_rows_too_thin_for_names_have_none():
    drawn = view_of("weights", large(), rs.Cursor(layer="embedding")).maps["embeddings", ""]
    assert drawn.rows == 60 and not drawn.names.texts


def test_the_verdict_of_the_weights_counts_rows():
    trace = told()
    moved = np.linalg.norm(trace.weights(2)[0] - trace.weights(0)[0], axis=1)
    assert np.flatnonzero(moved).tolist() == [1, 2, 3, 4, 5, 6]
    most = WORDS[moved.argmax()]
    said = view_of("weights", trace, rs.Cursor(layer="embedding")).verdict
    assert said == f"The rows of 6 of 9 tokens have moved since epoch 0, most that of {most}."


# ---------------------------------------------------------------------------------------------------------- its update


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_update_shows_which_rows_moved(optimizer):
    trace = told(optimizer)
    view = view_of("update", trace, AT)
    before, after = (trace.weights(epoch)[0] for epoch in (1, 2))
    moved = np.linalg.norm(after - before, axis=1)
    assert np.flatnonzero(moved).tolist() == [1, 2, 3, 4, 5, 6], (
        "only tokens that were in the batch, and not the padding"
    )
    ends = np.array([path.vertices[:, 0].max() for path in view.rows.bars.get_paths()])
    np.testing.assert_allclose(ends / ends.max(), moved / moved.max(), atol=1e-9)
    for text, size in zip(view.rows.numbers, moved, strict=True):
        assert (number(text.get_text()) == pytest.approx(size, rel=0.06)) if size else text.get_text() == ""
    assert view.rows.line.get_text() == "moved"
    assert view.sentences() == [
        f"From epoch 1 to epoch 2, the rows of 6 of 9 tokens moved, most that of {WORDS[moved.argmax()]}.",
        "The other rows stayed as they were: no recorded time step that counts reads their tokens.",
    ]


def test_a_step_of_gradient_descent_on_a_table_is_its_gradient_times_the_rate():
    view = view_of("update", told(), AT)
    np.testing.assert_allclose(view.data.taken.change, -0.01 * view.data.lesson.gradient, rtol=1e-6, atol=1e-15)
    shown = view.map.heat.image.get_array() * view.data.lesson.limit
    np.testing.assert_allclose(shown, view.data.lesson.gradient, rtol=1e-6)
    assert [text.get_text() for text in view.map.names.texts] == [*WORDS[:7], "7", "8"]
    assert view.block_of(view.moment).name == "E"
    assert (
        view.one.line.get_text() == f"Gradient of one weight, E[{view.data.row}, 1], unit 1 of {WORDS[view.data.row]}"
    )


def test_of_many_tokens_those_with_the_largest_gradient_are_shown():
    view = view_of("update", large(), AT)
    sizes = np.abs(view.data.lesson.gradient).max(axis=1)
    names = [int(text.get_text()) for text in view.map.names.texts]
    assert len(names) == 20 and sizes[names].min() >= np.sort(sizes)[-20] and (np.diff(sizes[names]) <= 0).all()
    moved = view.data.taken.rows[names]
    ends = np.array([path.vertices[:, 0].max() for path in view.rows.bars.get_paths()])
    np.testing.assert_allclose(ends / ends.max(), moved / moved.max(), atol=1e-9)
    assert view.map.line.get_text() == "Gradient of E, largest: 20 of 60 tokens"
    hidden = view_of("update", large(), AT, weight=(59, 0))
    assert not hidden.map.ring.get_visible() and view.map.ring.get_visible()
    row, column = view.data.lesson.place(view.data.row, view.data.unit)
    assert (view.map.ring.get_xdata(), view.map.ring.get_ydata()) == ([column], [row])


def test_rows_without_room_for_names_are_called_tokens():
    narrow, wide = view_of("update", told(), AT, figsize=(6.5, 6.0)), view_of("update", told(), AT)
    assert not narrow.map.names.texts and narrow.map.axes.get_ylabel() == "token"
    assert wide.map.names.texts and wide.map.axes.get_ylabel() == ""


def test_one_sample_alone_reads_a_token_or_not():
    at = rs.Cursor(layer="embedding", epoch=1, sample=1, time=1)
    read = view_of("update", told(), at, samples="one", weight=(6, 2))
    gradient = told()["embedding"].grad["y"][1, 1, 1, 2]
    assert number(read.one.line.get_text()) == pytest.approx(gradient, rel=0.006)
    assert read.one.line.get_text().startswith("E[6, 2] at step 1: read, ")
    other = view_of("update", told(), at, samples="one", weight=(2, 2))
    assert other.one.line.get_text() == "E[2, 2] at step 1: not read, 0"


def test_a_picture_that_is_moved_from_a_cell_to_a_table_is_that_of_the_table():
    figure = rs.figures.update(told(), rs.Cursor(layer="lstm", epoch=1))
    figure.update(AT)
    figure.update(rs.Cursor(layer="embedding", epoch=0, unit=1))
    anew = view_of("update", told(), rs.Cursor(layer="embedding", epoch=0, unit=1))
    moved = figure.views[0]
    np.testing.assert_array_equal(moved.map.heat.image.get_array(), anew.map.heat.image.get_array())
    assert [t.get_text() for t in moved.rows.numbers] == [t.get_text() for t in anew.rows.numbers]


@pytest.mark.parametrize("view", ["weights", "update"])
@pytest.mark.parametrize("trace", [told, large])
@pytest.mark.parametrize("figsize", [None, (6.5, 7.5)])
def test_texts_of_tables_are_apart(view, trace, figsize):
    assert_texts_are_apart(getattr(rs.figures, view)(trace(), AT, figsize=figsize))


# -------------------------------------------------------------------------------------------------------------- errors


def test_a_layer_without_weights_is_refused_with_the_line_to_type():
    with pytest.raises(
        ValueError,
        match=r"layer: expected one that has weights \(embedding, lstm, dense\); 'dropout' is "
        r"Dropout, which has none. Type rs.Cursor\(layer='embedding'\)",
    ):
        rs.figures.weights(told(), rs.Cursor(layer="dropout"))
    with pytest.raises(
        ValueError,
        match=r"layer: expected one with weights that are read at every time step "
        r"\(embedding, lstm\); 'dense' is Dense. Type rs.figures.update\(trace, rs.Cursor\(layer='",
    ):
        rs.figures.update(told(), rs.Cursor(layer="dense"))
    with pytest.raises(ValueError, match="block of layer 'embedding': expected one of E; got 'U_f'"):
        rs.figures.update(told(), AT, block="U_f")
    bare = told(record=rs.Record(weights=False))
    with pytest.raises(ValueError, match=r"expected weights of layer 'embedding'; got none. Record with weights=True"):
        rs.figures.weights(bare, AT)


def test_a_net_in_which_nothing_is_read_at_time_steps_is_refused_in_words():
    model = rs.Sequential([rs.Dense(1, input_shape=(4, 3))], seed=0)
    model.compile()
    x = np.random.default_rng(0).normal(size=(3, 4, 3))
    trace = model.fit(x, x[..., :1], epochs=2, verbose=0)
    with pytest.raises(ValueError, match=r"at every time step \(this net has none\); 'dense' is Dense$"):
        rs.figures.update(trace)
