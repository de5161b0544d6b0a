"""Pictures, equations and walks of nets of all layers: two directions, masks, dropout, tokens, states handed on."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from pictures import scenes_of, view_of

import rnnscope as rs
from rnnscope.analysis.influence import Influence, gradients_of_inputs
from rnnscope.analysis.ledger import ledger_of
from rnnscope.analysis.left import left_of_changes
from rnnscope.export.footer import Footer, footer_height
from rnnscope.figures.compare import stacked
from rnnscope.figures.wiring.flows import Gradients, sent_over_time
from rnnscope.figures.wiring.wiring import wiring_of
from rnnscope.formulas.values import Values
from rnnscope.numbers import norm_of, written
from rnnscope.trace import Walk
from rnnscope.trace.clock import clock_of
from rnnscope.trace.passes import counts_at

L = rs.layers
TOKENS = np.array([[3, 1, 4, 1, 5], [2, 6, 0, 0, 0], [7, 0, 2, 0, 3]])


def fitted(model, x, y, **options):
    model.compile("adam", "mse")
    return model.fit(x, y, epochs=2, verbose=0, **options)


def drawn(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape)


@cache
def text():
    """A net that reads tokens in two directions, some of which stand for nothing, with every kind of dropout."""
    both = L.Bidirectional(L.LSTM(3, return_sequences=True, recurrent_dropout=0.4))
    top = L.GRU(3, dropout=0.4, recurrent_dropout=0.4, reset_after=False)
    layers = [L.Embedding(9, 2, mask_zero=True), both, L.Dropout(0.4), top, rs.Dense(1)]
    return fitted(rs.Sequential(layers, seed=3, dtype="float64"), TOKENS, drawn(3, 1))


@cache
def translation():
    """An encoder of three time steps, with whose states a decoder of four begins."""
    source, target = rs.Input((3, 2)), rs.Input((4, 1))
    _, h, c = L.LSTM(3, return_state=True, name="encoder")(source)
    made = L.LSTM(3, return_sequences=True, name="decoder")(target, initial_state=[h, c])
    model = rs.Model([source, target], rs.Dense(1)(made), seed=2, dtype="float64")
    return fitted(model, [drawn(3, 3, 2), drawn(3, 4, 1)], drawn(3, 4, 1))


@cache
def repeated():
    """A vector that is repeated, read by two cells one upon the other."""
    cells = L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True)
    layers = [L.LSTM(3, input_shape=(4, 1)), L.RepeatVector(2), cells, L.TimeDistributed(rs.Dense(1))]
    return fitted(rs.Sequential(layers, seed=1, dtype="float64"), drawn(3, 4, 1), drawn(3, 2, 1))


@cache
def ends():
    """Two directions of which only the last states are read, each at another end; and a sum of them over time."""
    first = L.Bidirectional(L.SimpleRNN(3, return_sequences=True), merge_mode="sum", input_shape=(4, 2))
    layers = [first, L.Activation("tanh"), L.Bidirectional(L.GRU(2)), rs.Dense(1)]
    return fitted(rs.Sequential(layers, seed=1, dtype="float64"), drawn(3, 4, 2), drawn(3, 1))


@cache
def batches():
    """A layer that begins with the states of the batch before, and masked time steps."""
    x = drawn(4, 4, 1)
    x[1, 1:3] = 0
    layers = [L.Masking(input_shape=(4, 1)), L.SimpleRNN(3, stateful=True), rs.Dense(1)]
    return fitted(rs.Sequential(layers, seed=1, dtype="float64"), x, drawn(4, 1), batch_size=2, shuffle=False)


NETS = {net.__name__: net for net in (text, translation, repeated, ends, batches)}


def moments(trace, layer, **cursor):
    """Go through all samples and time steps of a layer."""
    for sample in range(len(trace.x)):
        for time in range(layer.steps):
            yield rs.Cursor(layer=layer.name, sample=sample, time=time, unit=sample % layer.units, **cursor).at(trace)


# -------------------------------------------------------------------------------------------------- numbers that add up


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_equation_on_the_numbers_shown_gives_the_recorded_result(net, direction):
    trace = NETS[net]()
    for layer in trace.recurrent_layers:
        for phase in layer.phases:
            for at in moments(trace, layer, phase=phase, direction=direction):
                found = rs.formulas.substitute(trace, at.cursor)
                assert found.computed == pytest.approx(found.value, rel=1e-9, abs=1e-14), (at, found.text)


def test_where_a_step_is_held_the_equation_says_so():
    trace = text()
    for at in moments(trace, trace["gru"], phase="h"):
        is_held = bool(TOKENS[at.sample, at.time] == 0)
        line = rs.formulas.substitute(trace, at.cursor).text.splitlines()[0]
        assert (line == "h = h₋₁") is is_held
        gate = rs.formulas.substitute(trace, replace(at.cursor, phase="z", direction="backward"))
        assert (gate.equation.text == "∂L/∂z = 0") is is_held


def test_what_dropout_sets_to_zero_is_in_the_equation():
    trace = text()
    keep = trace["gru"].dropout["h"][-1, 0]
    assert (keep == 0).any() or (keep != 1).any()
    found = rs.formulas.substitute(trace, rs.Cursor(layer="gru", sample=0, time=2, phase="z", unit=0), largest=9)
    assert "(keep_h·h₋₁)·U_z" in found.text and "−0·" not in found.text
    term = next(term for term in found.terms if term.symbol.endswith("U_z"))
    read = {factor.index: factor.value for factor in term.factors}
    before = trace["gru"].prev["h"][-1, 0, 2] * keep
    assert read == pytest.approx(dict(enumerate(before)))
    whole = rs.Sequential([rs.GRU(3, input_shape=(4, 1), recurrent_dropout=0.4)]).trace(drawn(2, 4, 1))
    assert "keep" not in rs.formulas.substitute(whole, rs.Cursor(phase="z")).text, (
        "nothing is dropped outside of training"
    )


def test_the_last_state_of_an_encoder_gets_its_gradient_from_the_decoder():
    trace = translation()
    at = rs.Cursor(layer="encoder", sample=1, time=2, phase="c", unit=0, direction="backward")
    found = rs.formulas.substitute(trace, at)
    assert found.text.startswith("∂L/∂c = ∂L/∂start(c) + ")
    assert found.terms[0].value == trace["decoder"].grad_start["c"][-1, 1, 0] != 0


@pytest.mark.parametrize("net", NETS)
def test_what_a_step_sends_back_is_what_came_to_the_step_before(net):
    trace = NETS[net]()
    for layer in trace.recurrent_layers:
        wiring = wiring_of(layer.cell)
        for at in moments(trace, layer, direction="backward"):
            if at.read == 0:
                continue
            before = at.but(time=at.time - at.way)
            numbers = Values(before, wiring.graph)
            for state in wiring.cell.carried:
                inside = [e for e in wiring.out_of(state) if wiring.nodes[e.target].kind != "exit"]
                whole = sum((Gradients(wiring, numbers).along(e) for e in inside), np.zeros(layer.units))
                whole = whole + (numbers.above() if state == layer.output else 0)
                whole = whole + sent_over_time(wiring, Values(at, wiring.graph), state)
                np.testing.assert_allclose(whole, layer.grad[state][*before.run, before.time], rtol=1e-9, atol=1e-13)


def test_a_step_that_does_not_count_keeps_the_whole_ledger():
    trace = text()
    for layer, state in ((trace["bidirectional.backward"], "c"), (trace["gru"], "h")):
        for at in moments(trace, layer):
            found = ledger_of(at, state)
            np.testing.assert_allclose(found.at(at.read).sum(axis=0), layer[state][*at.run, at.time], atol=1e-14)
            is_held = TOKENS[at.sample, at.time] == 0
            assert is_held is not counts_at(at)
            assert (found.kept[at.read] == 1).all() == is_held and (
                np.abs(found.written[at.read]).max() < 1e-15
            ) == is_held


def test_what_is_left_of_a_change_goes_through_held_steps():
    trace = batches()
    at = rs.Cursor(layer="simple_rnn", sample=1, time=3, epoch=0).at(trace)
    layer, weights = trace["simple_rnn"], trace["simple_rnn"].weights(0)["recurrent_kernel"]
    jacobian = np.eye(3)
    expected = [1.0]
    for time in (3, 2, 1):
        if trace.x[1, time, 0]:
            jacobian = weights @ np.diag(1 - layer["h"][0, 1, time] ** 2) @ jacobian
        expected.append(np.linalg.norm(jacobian) / np.sqrt(3))
    np.testing.assert_allclose(left_of_changes(at, "h"), expected[::-1], rtol=1e-9)


def test_the_gradient_of_the_input_is_that_of_both_directions():
    trace = ends()
    slopes = Influence(trace).at(epoch=1, sample=2)[0, 0] * trace.prediction_gradients[-1, 2, 0]
    (found,) = gradients_of_inputs(trace)
    np.testing.assert_allclose(found[-1, 2], slopes, rtol=1e-9)
    (of_tokens,) = gradients_of_inputs(text())
    assert of_tokens.shape == (2, 3, 5, 2), "of tokens it is by their vectors"


# ---------------------------------------------------------------------------------------------------- every view of all


@pytest.mark.parametrize("view", rs.figures.VIEWS)
def test_every_view_shows_a_layer_of_two_directions(view):
    figure = getattr(rs.figures, view)(
        text(), rs.Cursor(layer="bidirectional.backward", direction="backward", sample=1)
    )
    assert figure.alt and "nan" not in figure.alt.lower()


@pytest.mark.slow
@pytest.mark.parametrize("view", rs.figures.VIEWS)
@pytest.mark.parametrize("net", NETS)
def test_every_view_shows_every_net(net, view):
    trace = NETS[net]()
    figure = getattr(rs.figures, view)(trace)
    for layer in trace.recurrent_layers:
        for direction in ("forward", "backward"):
            figure.update(rs.Cursor(layer=layer.name, direction=direction, sample=1))
            assert figure.alt and "nan" not in figure.alt.lower()


@pytest.mark.slow
@pytest.mark.parametrize("units", [4, 300])
def test_pictures_of_many_units_are_drawn(units):
    both = L.Bidirectional(L.GRU(units, return_sequences=True))
    layers = [L.Embedding(9, 4, mask_zero=True), both, L.LSTM(units), rs.Dense(1)]
    trace = fitted(rs.Sequential(layers, seed=3), TOKENS, drawn(3, 1))
    for view in rs.figures.VIEWS:
        for direction in ("forward", "backward"):
            getattr(rs.figures, view)(trace, rs.Cursor(direction=direction)).frame()


# ----------------------------------------------------------------------------------------------------- hatches, stripes


def hatched(artist):
    """Return the time steps over which hatches lie."""
    spans = [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in artist.get_paths()]
    return [step for low, high in spans for step in range(round(low + 0.5), round(high + 0.5))]


@pytest.mark.parametrize(("layer", "sample"), [("bidirectional.backward", 1), ("gru", 2), ("gru", 0)])
def test_time_steps_that_do_not_count_are_hatched(layer, sample):
    trace, at = text(), rs.Cursor(layer=layer, sample=sample, time=0)
    held = np.flatnonzero(TOKENS[sample] == 0).tolist()
    gates, units = view_of("gates", trace, at), view_of("units", trace, at)
    for name in trace[layer].quantities:
        assert hatched(gates.held[name][1].moving[0]) == hatched(units.panels[name].held.moving[0]) == held
    flow = view_of("gradient_flow", trace, at)
    assert [hatched(each.moving[0]) for each in (*flow.held, *flow.held_inputs)] == [held] * 4
    assert hatched(view_of("influence", trace, at).panels[0].held[0].moving[0]) == held
    memory = view_of("memory", trace, at)
    in_order = sorted(4 - step for step in held) if trace[layer].is_turned else held
    assert hatched(memory.shares.held.moving[0]) == hatched(memory.unit.held.moving[0]) == in_order
    for view in (gates, units, flow, memory):
        assert ("atched: masked" in view.headings[1].get_text()) == bool(held)
    row = view_of("network", trace, at).rows[layer]
    boxes = [path.vertices[:, 0].min() for path in row.hatches.get_paths()]
    assert boxes == pytest.approx([row.grid.x(step) for step in held])


def test_a_net_without_masks_has_no_hatches():
    trace = ends()
    assert not view_of("gates", trace).held["h"][1].moving and not view_of("cell", trace).held.moving
    assert "masked" not in view_of("gates", trace).alt and not view_of("network", trace)._remarks()


def test_the_cell_is_hatched_where_nothing_of_it_is_taken():
    figure = rs.figures.cell(text(), rs.Cursor(layer="gru", sample=1, time=1))
    (hatches,) = figure.views[0].held.moving
    assert len(hatches.get_paths()) == 0
    figure.update(rs.Cursor(layer="gru", sample=1, time=2))
    assert len(hatches.get_paths()) == 1 and "does not count" in figure.alt


def test_dropped_units_have_stripes():
    trace = text()
    for sample in (1, 2):
        at = rs.Cursor(layer="gru", sample=sample, time=0)
        zeros = np.flatnonzero(trace["gru"].dropout["h"][-1, sample] == 0)
        gates = view_of("gates", trace, at)
        rows = [round(line[0, 1]) for line in gates.dropped["h"].moving[0].get_segments()]
        assert sorted(gates.data.units[rows]) == zeros.tolist()
        assert not gates.dropped["z"].moving, "matrices read the state, not the gate"
        net = view_of("network", trace, at)
        assert len(net.rows["gru"].stripes.get_segments()) == 5 * len(zeros)
        dropped = trace["dropout"].dropout["x"][-1, sample] == 0
        assert len(net.rows["dropout"].stripes.get_segments()) == dropped.sum() > 0


# ----------------------------------------------------------------------------------------------------- the unrolled net


def across(row):
    """Return from where to where the arrows of the states of a layer point, for those that are straight."""
    count = len(row.states) * len(row.columns)
    tips = [(path.vertices[0, 0], path.vertices[3, 0]) for path in row.arrows.get_paths()[:count]]
    return [np.sign(tip - begin) for begin, tip in tips]


@pytest.mark.parametrize(("direction", "way"), [("forward", 1), ("backward", -1)])
def test_two_directions_point_in_opposite_ways_over_the_same_time(direction, way):
    view = view_of("network", text(), rs.Cursor(direction=direction, sample=0))
    forward, backward = (view.rows[f"bidirectional.{name}"] for name in ("forward", "backward"))
    assert set(across(forward)) == {way} and set(across(backward)) == {-way}
    assert forward.columns == backward.columns == range(5)
    assert view.titles()[0].startswith("Embedding(2) → Bidirectional(LSTM(3)) → Dropout(6) → GRU(3) → Dense(1)")


def test_a_layer_that_reads_backwards_gets_the_state_of_the_next_time_step():
    trace = text()
    layer, row = trace["bidirectional.backward"], view_of("network", trace, rs.Cursor(sample=0)).data.rows
    for state in ("c", "h"):
        after = np.concatenate([layer[state][-1, 0, 1:], np.zeros((1, 3))])
        np.testing.assert_allclose(row["bidirectional.backward"].carried[state], norm_of(after))
    merged = row["bidirectional"]
    own = [norm_of(trace[f"bidirectional.{name}"]["h"][-1, 0]) for name in ("forward", "backward")]
    np.testing.assert_allclose((merged.entering, merged.second), own)


def test_a_decoder_begins_with_the_last_state_of_its_encoder():
    trace = translation()
    view = view_of("network", trace, rs.Cursor(sample=2))
    encoder, decoder = view.rows["encoder"], view.rows["decoder"]
    assert [list(group.times) for group in view.data.groups] == [[0, 1, 2], [0, 1, 2, 3]]
    assert encoder.columns == range(3) and decoder.columns == range(3, 7)
    for state in ("c", "h"):
        way = decoder.look.begins[state]
        assert way[0] == pytest.approx(encoder.end(state)) and way[-1][0] == pytest.approx(decoder.grid.x(3) - 0.1)
        last = trace["encoder"][state][-1, 2, -1]
        assert view.data.rows["decoder"].carried[state][0] == pytest.approx(norm_of(last))


def test_a_repeated_vector_goes_to_every_step():
    view = view_of("network", repeated(), rs.Cursor(sample=0))
    row = view.rows["repeat_vector"]
    tips = sorted(path.vertices[3, 0] for path in row.links.get_paths() if len(path.vertices) > 6)
    assert tips == pytest.approx([row.grid.x(k) + row.grid.wide / 2 for k in row.columns]) and len(tips) == 2


def test_states_of_the_batch_before_are_named():
    def texts(trace):
        return [text.get_text() for text in view_of("network", trace).axes.texts]

    assert "from the batch before →" in texts(batches()) and "from the batch before →" not in texts(ends())


def test_a_column_of_another_time_is_a_step_of_the_layer_there():
    figure = rs.figures.network(translation(), rs.Cursor(layer="decoder", time=0))
    figure.frame()
    view, grid = figure.views[0], figure.views[0].grid
    for column, expected in ((1, {"layer": "encoder", "time": 1}), (6, {"time": 3})):
        x, y = view.axes.transData.transform((grid.x(column) + 0.2, 1.0))
        assert figure.pick(x / figure.bbox.width, 1 - y / figure.bbox.height)[1] == expected


def test_a_click_in_memory_of_a_turned_layer_goes_to_the_time_of_the_input():
    figure = rs.figures.memory(text(), rs.Cursor(layer="bidirectional.backward", sample=0, time=0))
    figure.frame()
    axes = figure.views[0].shares.axes
    for place in range(5):
        x, y = axes.transData.transform((place, 50))
        assert figure.pick(x / figure.bbox.width, 1 - y / figure.bbox.height)[1]["time"] == 4 - place


# ------------------------------------------------------------------------------------------------- layers, walks, files


def test_parameters_are_those_of_all_weights():
    trace = text()
    view = view_of("parameters", trace)
    assert view.data.count == sum(array.size for array in trace.weights(0))
    table = view.layers[0]
    assert (table.name, table.formula, table.features, table.blocks[0].text) == ("embedding", "D·H", 9, "E 9·2")


def test_times_know_where_they_begin():
    trace = repeated()
    assert [clock_of(trace, name).source for name in trace.layers] == [-1, 1, 1, 1, 1]
    assert clock_of(ends(), "dense") is None
    assert {clock_of(translation(), name).source for name in ("encoder", "decoder")} == {-1, -2}


def test_a_walk_goes_through_layers_of_other_lengths_and_ways():
    walk = Walk([translation()])
    cursor, seen = walk.begin(walk.at(rs.Cursor(layer="encoder", epoch=1)).cursor, "time"), []
    while cursor:
        seen.append((cursor.layer, cursor.time))
        cursor = walk.step(cursor, "time", 1)
    assert seen == [("encoder", t) for t in range(3)] + [("decoder", t) for t in range(4)]
    turned = Walk([text()])
    assert [*turned.times(turned.at(rs.Cursor(layer="bidirectional.backward")).cursor)] == [4, 3, 2, 1, 0]
    assert turned.steps == 5 and walk.steps == 4


def test_a_film_shows_where_it_is_in_layers_of_other_lengths():
    trace = translation()
    walk = Walk([trace])
    moment = walk.at(rs.Cursor(layer="decoder", time=1, sample=0)).moments[0]
    footer = Footer(stacked({"": moment}, ["gates"], below=footer_height(walk, [""])), walk, [""], "time")
    footer.show({"": moment}, is_end=False)
    lit = [
        place for place, face in zip(footer.places, footer.squares.get_facecolor(), strict=True) if not face[:3].any()
    ]
    assert len(footer.places) == 7 and lit == [("decoder", 1)]


@pytest.mark.slow
def test_the_page_knows_how_many_steps_each_layer_has(tmp_path):
    for trace, steps, ways in ((translation(), [3, 4], [1, 1]), (text(), [5, 5, 5], [1, -1, 1])):
        rs.export_html(trace, tmp_path / "net.html", epochs=1, samples=1, units=1, verbose=False)
        data = scenes_of(tmp_path / "net.html")
        assert (data["steps"], data["ways"]) == (steps, ways)


def test_titles_call_directions_by_what_they_are():
    for view in ("cell", "memory"):
        title = view_of(view, text(), rs.Cursor(layer="bidirectional.backward")).titles()[0]
        assert title.startswith("LSTM layer, the backward direction of 'bidirectional': ")
    assert text().architecture == "Embedding(2) + Bidirectional(LSTM(3)) + Dropout(6) + GRU(3) + Dense(1)"


@pytest.mark.parametrize("net", NETS)
def test_an_equation_has_room_at_every_time_step_from_wherever_it_comes(net):
    trace = NETS[net]()
    for layer in trace.recurrent_layers:
        for direction in ("forward", "backward"):
            cursors = [rs.Cursor(layer=layer.name, direction=direction, sample=1, time=t) for t in range(layer.steps)]
            figure = rs.figures.equation(trace, cursors[-1])
            for cursor in cursors:
                figure.update(cursor)
                value = rs.formulas.substitute(trace, figure.views[0].moment.cursor).value
                assert figure.views[0].written.result.get_text() == f"= {written(value, 4)}"
