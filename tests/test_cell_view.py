"""The view of a cell: its lines join and light what the equations say, and its numbers are the recorded ones."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
import sympy
from conftest import Variant
from matplotlib.colors import to_hex
from pictures import EPOCHS, assert_texts_are_apart, moved, needs_hangul, pair, rounds, trained, view_of
from rows import over

import rnnscope as rs
from rnnscope.cells import Cell, candidate, gate, linear, previous, sigmoid, state, symbols, tanh, x
from rnnscope.figures import style
from rnnscope.figures.cell.diagram import RADII
from rnnscope.figures.cell.gauges import Gauge
from rnnscope.figures.cell.numbers import Term, is_mean
from rnnscope.figures.cell.wires import WIDTHS
from rnnscope.figures.wiring.flowing import flowing
from rnnscope.figures.wiring.layout import layout_of
from rnnscope.figures.wiring.pathfinding import common, segments
from rnnscope.figures.wiring.shares import shares_of
from rnnscope.figures.wiring.sizes import half
from rnnscope.figures.wiring.wiring import entering, wiring_of
from rnnscope.languages import speaking
from rnnscope.numbers import written

MOVES = (
    {"phase": 0},
    {"epoch": 2, "time": 1, "unit": 2, "sample": 3},
    {"time": 0, "unit": 1},
    {"layer": 1, "epoch": 0, "time": 2, "unit": 3, "sample": 5},
    {"layer": 1, "phase": 0, "unit": 1},
)
BACKWARD = [{**move, "direction": "backward"} for move in MOVES]
EVERYTHING = [{"phase": 0, **move} for move in BACKWARD]
"""The first phase is the last one on the way back: all numbers are there."""

each_cell = over(cell=rs.cells.names(), units=(4, 300))


def wired(view):
    """Return the wiring of the cell that a view draws."""
    return wiring_of(view.layer.cell)


def lines_of(view):
    """Return the lines that are drawn, as their two ends, and of which of them are lit."""
    strokes = [stroke for stroke in strokes_of(view) if stroke[1] != style.paper()]
    ends = [ends for ends, _, _ in strokes]
    return ends, [ends for ends, _, width in strokes if width in (WIDTHS[False][1], WIDTHS[True][1])]


def strokes_of(view):
    """Return the ends, the colours and widths of all that lines are drawn with; the gap of a double one is paper."""
    art = view.wires.line_art
    ends = [tuple(segment[[0, -1]].ravel().round(6).tolist()) for segment in art.get_segments()]
    return list(zip(ends, map(to_hex, art.get_colors()), art.get_linewidths(), strict=True))


def ends_of(view, edges):
    """Return where edges begin and end."""
    wiring = wired(view)
    paths = [layout_of(wiring.cell).paths[wiring.edges.index(edge)] for edge in edges]
    return [tuple(np.round([*path[0], *path[-1]], 6).tolist()) for path in paths]


# ------------------------------------------------------------------------------------------------- what the lines join


def test_every_edge_is_a_line_and_joins_the_boxes_of_its_nodes(variant):
    wiring = wiring_of(variant.cell)
    layout = layout_of(wiring.cell)
    for edge, path in zip(wiring.edges, layout.paths, strict=True):
        for key, end in ((edge.source, path[0]), (edge.target, path[-1])):
            apart = np.abs(np.subtract(end, layout.places[key])) - half(wiring.nodes[key])
            assert apart.max() < 1e-9, f"{edge} ends at {key}"
        assert all((a[0] == b[0]) != (a[1] == b[1]) or a == b for a, b in pairwise(path)), "along one axis at a time"


def test_the_lines_are_drawn(default, traces):
    for view, *_ in moved("cell", traces(default), [{"layer": 1}, {"direction": "backward"}]):
        assert sorted(lines_of(view)[0]) == sorted(ends_of(view, wired(view).edges))
        assert len(view.wires.head_art.get_paths()) == len(wired(view).edges)


def test_a_phase_reads_what_its_equation_reads(variant):
    wiring = wiring_of(variant.cell)
    for quantity in variant.cell:
        inside = {key for key, node in wiring.nodes.items() if node.phase == quantity.name and node.kind != "exit"}
        read = {edge.source for edge in wiring.edges if edge.target in inside} - inside
        for key in [key for key in read if ":" in key]:  # a sum of an earlier phase stands for its terms
            read = read - {key} | {edge.source for edge in wiring.into(key)}
        assert read == {str(symbol) for symbol in quantity.equation.free_symbols}
    states, read = variant.cell.states, {str(s) for q in variant.cell for s in q.equation.free_symbols}
    entered = [entering(state) for state in states if f"{state}_prev" in read]
    assert [key for key, node in wiring.nodes.items() if node.kind == "exit"] == [f"exit {s}" for s in states]
    assert [key for key, node in wiring.nodes.items() if node.kind == "previous"] == entered


def test_only_what_the_next_step_reads_enters():
    assert rs.LRU.cell.carried == ("re", "im") and rs.LRU.cell.states == ("re", "im", "h")
    assert rs.LSTM.cell.carried == ("c", "h") and rs.GRU.cell.carried == ("h",)
    assert set(rs.SLSTM.cell.carried) == set(rs.SLSTM.cell.states) == {"m", "c", "n", "h"}


def test_what_is_written_in_the_nodes():
    (g,), h = symbols("g"), previous("h")
    cell = Cell(
        "Odd",
        candidate("g", tanh(linear(x, h)), "candidate: new content"),
        state("h", (1 - g) * h / 2 - g**2 + tanh(h) / (2 + g), "hidden state: what is put out"),
    )
    labels = [node.label for node in wiring_of(cell).nodes.values() if node.kind not in ("previous", "input", "exit")]
    assert sorted(labels) == sorted(["tanh", "1−", "×", "×0.5", "( )²", "−", "tanh", "2+", "1/", "×", "+"])


def test_the_output_gate_of_an_lstm_does_not_wait_for_the_cell_state(traces):
    view = view_of("cell", traces("LSTM"), rs.Cursor(phase="o"))
    wiring = wired(view)
    assert {wiring.edges[k].source for k in view.data.lit} == {"x", "h_prev"}
    assert view.numbers.texts["o"].get_text() and not view.numbers.texts["c"].get_text()
    figure = rs.figures.cell(traces("LSTM"), rs.Cursor(phase="c"))
    assert "o" not in {wiring.edges[k].source for k in figure.views[0].data.lit}
    seen = view_of("cell", traces("PeepholeLSTM"), rs.Cursor(phase="o"))
    assert "c" in {wired(seen).edges[k].source for k in seen.data.lit}, "with a peephole it does"


# ------------------------------------------------------------------------------------------------- what a phase lights


def test_forward_each_phase_lights_exactly_what_leads_to_it(default, traces):
    trace = traces(default)
    figure = rs.figures.cell(trace)
    (view,) = figure.views
    wiring, names = wired(view), view.layer.cell.phases
    lit_in_all = []
    for now, phase in enumerate(names):
        figure.update(rs.Cursor(phase=phase, unit=1))
        edges = [edge for edge in wiring.edges if wiring.nodes[edge.target].phase == phase]
        lit = lines_of(view)[1]
        assert sorted(lit) == sorted(ends_of(view, edges))
        lit_in_all += lit
        colours = {ends: colour for ends, colour, _ in strokes_of(view) if colour != style.paper()}
        for edge, ends in zip(wiring.edges, ends_of(view, wiring.edges), strict=True):
            at = names.index(wiring.nodes[edge.target].phase)
            stands_back = style.faint(0.5 if at < now else 0.78)
            assert colours[ends] == (colour_of(view, edge.source) if at == now else stands_back)
        for key, text in view.numbers.texts.items():
            node = wiring.nodes[key.product if isinstance(key, Term) else key.removeprefix("mean ")]
            waits = node.phase and names.index(node.phase) > now
            assert bool(text.get_text()) == (not waits), key
    assert len(lit_in_all) == len(wiring.edges), "each line is lit in one phase"


def colour_of(view, key):
    """Return the colour of what a node of the wiring puts out; ink for the input."""
    wiring, names = wired(view), view.layer.cell.names
    node = wiring.nodes[key]
    name = node.of or (key if key in names else node.phase)
    return style.quantity_colour(wiring.cell, name) if name else style.input_colour()


def test_backward_each_phase_lights_what_the_gradient_comes_through(default, traces):
    trace = traces(default)
    figure = rs.figures.cell(trace, rs.Cursor(direction="backward"))
    (view,) = figure.views
    wiring, names = wired(view), view.layer.cell.phases
    for phase in reversed(names):
        figure.update(rs.Cursor(phase=phase, direction="backward", time=1))
        found, ahead = [], [phase]
        while ahead:  # to the next quantities, or out
            out = wiring.out_of(ahead.pop())
            found += out
            ahead += [edge.target for edge in out if edge.target not in names and "exit" not in edge.target]
        assert sorted(lines_of(view)[1]) == sorted(ends_of(view, found))
        for k, edge in enumerate(wiring.edges):
            if k in view.numbers.texts:
                is_known = names.index(wiring.nodes[edge.target].phase) >= names.index(phase)
                is_known = is_known and (edge.source != "x" or view.layer.x.shape[-1] == 1)
                assert bool(view.numbers.texts[k].get_text()) == is_known


# ------------------------------------------------------------------------------------------------- numbers on the way


def called(label, value):
    """Return what a node of one operand does, by what is written in it."""
    named = {"tanh": np.tanh, "σ": lambda v: 1 / (1 + np.exp(-v)), "−": lambda v: -v, "exp": np.exp}
    named |= {"1/": lambda v: 1 / v, "( )²": lambda v: v**2, "√": np.sqrt}
    if label in named:
        return named[label](value)
    number = float(label.strip("×−+"))
    return {"×": number * value, "−": number - value, "+": number + value}[label.strip("0123456789.")]


def constant_value(label, constants):
    """Return the value of what is written in a node of constants."""
    written = label.replace("√", "sqrt").replace("−", "-").replace("·", "*")
    known = {name: getattr(np, name) for name in ("exp", "cos", "sin", "sqrt")}
    return eval(written, {**known, "softplus": lambda v: np.log1p(np.exp(v)), **constants})


def values_at(wiring, trace, layer, at, place):
    """Return the value of every node at all units, from the recorded quantities."""
    first = trace[trace.layers[0]]
    below = trace.x if layer is first else first[first.output][place]
    found = {"x": below[at.sample, at.time].astype(float)}
    for name in wiring.cell.states:
        course = layer[name][place, at.sample].astype(float)
        found[entering(name)] = course[at.time - 1] if at.time else np.full(layer.units, wiring.cell[name].start)
        found[f"exit {name}"] = course[at.time]
    for name in wiring.cell.names:
        found[name] = layer[name][place, at.sample, at.time].astype(float)
    for key, node in wiring.nodes.items():
        sources = [found[edge.source] for edge in wiring.into(key)]
        if key in found:
            continue
        parts = dict(layer.parts[node.phase]) if node.phase in layer.parts else {}
        if node.kind == "map" and node.label == "W":  # what an LRU reads
            found[key] = parts["input"][place, at.sample, at.time].astype(float)
        elif node.kind == "map":  # of the reset-after GRU: a matrix product with a bias of its own
            found[key] = parts["recurrent"][place, at.sample, at.time] + parts["recurrent_bias"][place]
        elif node.kind == "constant":
            constants = {name: layer.constants[name][place].astype(float) for name in layer.constants}
            found[key] = constant_value(node.label, constants)
        else:
            many = {"plus": np.sum, "times": np.prod}
            found[key] = many[node.kind](sources, axis=0) if node.kind in many else called(node.label, *sources)
    return found


@each_cell
def test_forward_every_number_is_the_value_of_its_node(traces, cell, units):
    trace = traces(cell, units)
    for view, layer, at, place in moved("cell", trace, MOVES):
        wiring, names = wired(view), view.layer.cell.phases
        values = values_at(wiring, trace, layer, at, place)
        texts = {key: text.get_text() for key, text in view.numbers.texts.items()}
        for key in wiring.nodes:
            reads_all = [edge.entry is not None and edge.entry.weight.kind.is_matrix for edge in wiring.out_of(key)]
            is_vector = not wiring.nodes[key].phase and reads_all and all(reads_all) and len(values[key]) > 1
            text, phase = texts[f"mean {key}" if is_vector else key], wiring.nodes[key].phase
            if is_vector:
                assert key not in texts, "one unit's number is not that of all"
                assert rounds(text, values[key].mean(), 2 if len(written(float(values[key].mean()), 2)) <= 6 else 1)
            elif key == "x":
                assert text == f"= {values['x'][0]:g}"
            elif not phase or names.index(phase) <= names.index(at.phase):
                assert rounds(text, values[key][at.unit], 3), key
        for name in names:  # what is computed out of the values in the boxes is what was recorded
            operands = [values[edge.source] for edge in wiring.into(name)]
            kind = wiring.nodes[name].kind
            if kind in ("plus", "times"):
                computed = {"plus": np.sum, "times": np.prod}[kind](operands, axis=0)
                np.testing.assert_allclose(computed, values[name], rtol=1e-4, atol=1e-6)


def test_all_texts_of_a_step_of_an_lstm(traces):
    trace = traces("LSTM")
    view, layer = view_of("cell", trace, rs.Cursor(epoch=2, sample=1, time=2, unit=3)), trace["lstm"]
    i, f, g, o, c, h = (float(layer[name][1, 1, 2, 3]) for name in "ifgoch")
    before = {name: float(layer[name][1, 1, 1, 3]) for name in "ch"}
    wanted = [before["c"], before["c"] * f, i * g, i, f, g, o, c, np.tanh(c), h, c, h]
    numbers = {key: t.get_text() for key, t in view.numbers.texts.items()}
    shown = [text for key, text in numbers.items() if key != "x" and not isinstance(key, Term) and not is_mean(key)]
    assert len(shown) == len(wanted)
    for value in wanted:
        assert any(rounds(text, value, 3) for text in shown), f"{value} in {shown}"
    assert numbers["x"] == f"= {trace.x[1, 2, 0]:g}"
    assert rounds(numbers["mean h_prev"], layer["h"][1, 1, 1].mean(), 2)
    shares = [(key.product, text) for key, text in numbers.items() if isinstance(key, Term)]
    kept, added = ([text for key, text in shares if key == product] for product, _ in shares[::2])
    for texts, values in ((kept, (f, before["c"])), (added, (i, g))):
        assert texts[0].startswith("= ") and all(map(rounds, texts, values, (2, 2)))
    assert [text.get_text() for _, text in view.numbers.words] == ["of the old", "of the new"]


def strip_ends(layer, name):
    """Return between which numbers the strip of a quantity goes: as far as its function, or as what was recorded."""
    if layer.cell[name].ends is None:
        recorded = layer[name]
        limit = np.abs(recorded).max()
        is_part = layer.cell[name].role == "gate" and recorded.min() >= 0 and recorded.max() <= 1
        return (0, 1) if is_part else (-limit, limit)
    return (0, 1) if layer.cell[name].role == "gate" else (-1, 1)


@over(cell=rs.cells.names(), units=(4, 300), direction=("forward", "backward"))
def test_the_strips_show_the_mean_over_all_units_and_the_chosen_one(traces, cell, units, direction):
    moves = [{**move, "direction": direction} for move in MOVES]
    for view, layer, at, place in moved("cell", traces(cell, units), moves):
        boxes = [node for node in view.boxes.nodes if node.kind == "layer"]
        outlines = [path.get_extents() for path in view.boxes.gauge_art.get_paths()]
        names = layer.cell.phases
        waiting = [n for n in boxes if direction == "forward" and names.index(n.phase) > names.index(at.phase)]
        for node in waiting:
            assert not view.numbers.texts[f"mean {node.key}"].get_text(), "not computed yet"
        boxes = [node for node in boxes if node not in waiting]
        assert len(outlines) == 3 * len(boxes) + len(waiting)
        for k, node in enumerate(boxes):
            strip, part, tick = outlines[3 * k : 3 * k + 3]
            values = layer[node.key][place, at.sample, at.time]
            low, high = strip_ends(layer, node.key)

            def value(place, strip=strip, low=low, high=high):
                return low + (place - strip.x0) / strip.width * (high - low)

            assert sorted([value(part.x0), value(part.x1)]) == pytest.approx(sorted([0, values.mean()]), abs=1e-5)
            assert value((tick.x0 + tick.x1) / 2) == pytest.approx(values[at.unit], abs=1e-5)
            x_middle, y_middle = layout_of(view.layer.cell).places[node.key]
            wide, high = half(node)
            assert abs(strip.x0 - x_middle) < wide and abs(strip.y0 - y_middle) < high, "inside of its box"
            text = view.numbers.texts[f"mean {node.key}"].get_text()
            two = written(float(values.mean()), 2)
            assert text.startswith("avg ") and len(text) <= len("avg 123456"), "it fits into its box with the word"
            assert rounds(text, values.mean(), 2 if len(two) <= 6 else 1)


def test_the_strip_of_an_endless_function_goes_as_far_as_what_was_recorded():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(4, activation="linear", input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile(rs.optimizers.Adam(0.05))
    trace = model.fit(task.x, task.y, epochs=40, verbose=0)
    recorded = np.abs(trace["lstm"]["g"])
    assert recorded.max() > 2, "an end at 1 would cut it"
    gauge = rs.figures.cell(trace).views[0].boxes.gauges["g"]
    assert (gauge.low, gauge.high) == pytest.approx((-recorded.max(), recorded.max()))


def test_what_is_beyond_a_strip_is_marked():
    gauge = Gauge(0.0, 0.0, -1.0, 1.0)
    assert gauge.is_beyond(1, 72.0) and gauge.is_beyond(-1, -1.5, 0.0) and not gauge.is_beyond(1, 1.0, 0.2)
    assert gauge.at(72.0) == gauge.at(1.0) and gauge.point(1)[:, 0].max() > gauge.at(1.0)


# --------------------------------------------------------------------------------------------------- gradients


def block(trace, layer, at, edge, phase):
    """Return the weights of an edge, (read, unit), cut out of the arrays by the order of the quantities."""
    kind, cell = edge.entry.weight.kind.name, layer.cell
    assert kind == ("kernel" if edge.source == "x" else kind), "the input goes through the kernel, nothing else does"
    columns = [(weight.quantity, weight.number) for weight in cell.weights if weight.kind.name == kind]
    start = columns.index((phase, edge.entry.weight.number)) * layer.units
    weights = layer.weights(at.epoch)[kind][..., start : start + layer.units].astype(float)
    return np.diag(weights) if kind == "peephole" else weights


def gradients_at(wiring, trace, layer, at, place):
    """Return what comes back along every edge at all units of its source, from the recorded gradients and weights."""
    values = values_at(wiring, trace, layer, at, place)
    moment = place, at.sample, at.time
    of = {name: layer.grad[name][moment].astype(float) for name in wiring.cell.names}

    def along(edge):
        target = wiring.nodes[edge.target]
        if target.kind == "exit":
            inner = [along(other) for other in wiring.out_of(edge.source) if other is not edge]
            return of[edge.source] - sum(inner)
        others = [values[other.source] for other in wiring.into(edge.target) if other is not edge]
        back = layer.grad_pre[edge.target][moment].astype(float) if target.kind == "layer" else total(edge.target)
        if target.kind == "times":
            back = back * np.prod(others, axis=0)
        if target.label == "max":
            back = back * (values[edge.source] == values[edge.target])
        elif target.kind == "unary":  # the slope, by a complex step
            back = back * called(target.label, values[edge.source] + 1e-30j).imag / 1e-30
        return block(trace, layer, at, edge, target.phase) @ back if edge.entry else back

    def total(key):
        return of[key] if key in of else sum(along(edge) for edge in wiring.out_of(key))

    return [along(edge) for edge in wiring.edges]


@each_cell
def test_backward_every_number_is_a_product_of_gradients(traces, cell, units):
    trace = traces(cell, units)
    for view, layer, at, place in moved("cell", trace, EVERYTHING):
        if at.direction == "forward":
            continue
        wiring = wired(view)
        back, many = gradients_at(wiring, trace, layer, at, place), layer.x.shape[-1] > 1
        slack = 1e-6 * max(np.abs(part).max() for part in back)
        written = [k for k, edge in enumerate(wiring.edges) if wiring.nodes[edge.target].kind != "exit"]
        texts = {key: text.get_text() for key, text in view.numbers.texts.items()}
        assert {key for key in texts if isinstance(key, int)} == set(written)
        for k in written:
            source = wiring.edges[k].source
            if source == "x" and many:
                assert texts[k] == "", "a unit of the layer is no feature of its input"
            else:
                assert rounds(texts[k], back[k][0 if source == "x" else at.unit], 2, slack)
        for name in wiring.cell.states:
            (arriving,) = (back[k] for k, edge in enumerate(wiring.edges) if edge.target == f"exit {name}")
            assert rounds(texts[f"exit {name}"], arriving[at.unit], 3, slack)
            sent = [back[k][at.unit] for k, edge in enumerate(wiring.edges) if edge.source == entering(name)]
            assert bool(sent) == (entering(name) in texts) == (name in wiring.cell.carried)
            assert not sent or rounds(texts[entering(name)], sum(sent), 3, slack)
        if not many:
            assert texts["x"].startswith("= ")
            assert rounds(texts["x"], layer.grad["x"][place, at.sample, at.time, 0], 3, slack)


@each_cell
def test_what_comes_back_adds_up_to_the_recorded_gradients(traces, cell, units):
    assert_all_comes_back(traces(cell, units))


def assert_all_comes_back(trace):
    """Through the lines of its own step, from the next step, and from the layer above: that is all of a gradient."""
    for layer in (trace[name] for name in trace.layers[:2]):
        cursor = rs.Cursor(layer=layer.name, sample=0, unit=2, direction="backward", phase=layer.phases[0])
        figure, steps = rs.figures.cell(trace, cursor), []
        for time in range(4):
            figure.update(replace(cursor, time=time))
            steps.append(figure.views[0].data)
        edges = wired(figure.views[0]).edges
        above = np.zeros(4)
        above[3] = trace["dense"].grad["x"][2, 0, 2]
        if layer.name == trace.layers[0]:
            above = trace[trace.layers[1]].grad["x"][2, 0, :, 2]
        largest = max(np.abs(layer.grad[name]).max() for name in layer.quantities)
        for name in layer.quantities:
            for time, data in enumerate(steps):
                total = sum(
                    data.flows.back[k]
                    for k, edge in enumerate(edges)
                    if edge.source == name and not edge.target.startswith("exit")
                )
                if name in layer.cell.carried and time < 3:
                    total += steps[time + 1].numbers[entering(name)]
                total += above[time] if name == layer.output else 0
                recorded = layer.grad[name][2, 0, :, 2]
                slack = max(1e-5 * float(np.abs(recorded).max()), 1e-8 * float(largest))  # that of a stabilizer is zero
                assert total == pytest.approx(float(recorded[time]), rel=1e-4, abs=slack)
        for name in layer.cell.states:
            arrives = [k for k, edge in enumerate(edges) if edge.target == f"exit {name}"]
            assert name == layer.output or [steps[3].flows.back[k] for k in arrives] == [0], "no time step follows"
        for name in layer.cell.carried:
            start = layer.arrays[f"grad_state/{name}"][2, 0, 0, 2]
            assert steps[0].numbers[entering(name)] == pytest.approx(float(start), rel=1e-4, abs=1e-7)


def test_numbers_that_take_weights_that_were_not_kept_are_left_out():
    trace = trained(*pair(rs.LSTM), record=rs.Record(every=2, weights=False))
    view = view_of("cell", trace, rs.Cursor(layer="lstm", sample=0, direction="backward", phase="f", time=1, unit=2))
    for k, edge in enumerate(view.wires.edges):
        if k in view.numbers.texts:
            assert bool(view.numbers.texts[k].get_text()) == (edge.entry is None)
    texts = {name: view.numbers.texts[name].get_text() for name in ("h_prev", "c_prev", "x", "exit h", "exit c")}
    assert not texts["h_prev"] and not texts["x"] and texts["exit h"] and texts["exit c"]
    assert rounds(texts["c_prev"], trace["lstm"].grad["c"][2, 0, 1, 2] * trace["lstm"]["f"][2, 0, 1, 2], 3)


# ----------------------------------------------------------------------------------- vectors, and what becomes of them


def test_a_line_is_double_where_all_values_flow_together(default, traces):
    for view, layer, *_ in moved("cell", traces(default), [{"layer": 1}, {"direction": "backward"}]):
        wiring, several = wired(view), {"x": layer.x.shape[-1] > 1}
        edges = [e for e in wiring.edges if e.entry and e.entry.weight.kind.is_matrix and several.get(e.source, True)]
        double = [ends for ends, colour, _ in strokes_of(view) if colour == style.paper()]
        assert sorted(double) == sorted(ends_of(view, edges))


@pytest.mark.parametrize(
    ("cell", "shares"),
    [
        ("LSTM", [("f", "of the old", "c_prev"), ("i", "of the new", "g")]),
        ("GRU", [("z", "of the old", "h_prev"), ("1−", "of the new", "g")]),
        ("MinimalGatedUnit", [("1−", "of the old", "h_prev"), ("f", "of the new", "g")]),
        ("SimpleRNN", []),
    ],
)
def test_what_is_kept_and_what_is_added(traces, cell, shares):
    trace = traces(cell)
    view = view_of("cell", trace, rs.Cursor(time=2, unit=1))
    wiring, values = wired(view), view.data.flows.values
    found = shares_of(wiring)
    assert [(wiring.nodes[s.factor].label if ":" in s.factor else s.factor, s.words, s.whole) for s in found] == shares
    for share in found:
        assert values[share.product] == pytest.approx(values[share.factor] * values[share.whole], rel=1e-6)


# ----------------------------------------------------------------------------------------------- information that flows


@over(cell=rs.cells.names(), direction=("forward", "backward"))
def test_nothing_leaves_before_it_has_come(traces, cell, direction):
    trace = traces(cell)
    layer = trace[trace.layers[0]]
    for phase in layer.phases:
        view = view_of("cell", trace, rs.Cursor(phase=phase, direction=direction, time=1))
        wiring, before = wired(view), {}
        for part in np.linspace(0, 1, 9):
            data = flowing(wiring, view.data, part)
            for k in view.data.lit:
                edge, way = wiring.edges[k], data.travelled.get(k, 1.0)
                begin = edge.source if direction == "forward" else edge.target
                feeding = wiring.into(begin) if direction == "forward" else wiring.out_of(begin)
                arrived = [data.travelled.get(wiring.edges.index(f), 1.0) == 1 for f in feeding]
                assert way == 0 or all(arrived), "what it carries is computed from what has come"
                assert way >= before.get(k, 0) and (part or way == 0)
                before[k] = way
            shown = {key for key, value in data.numbers.items() if value is not None}
            assert shown <= {key for key, value in view.data.numbers.items() if value is not None}
            assert direction == "backward" or (data.numbers[phase] is not None) == (data.opened.get(phase, 1.0) == 1)
        assert set(before.values()) == {1.0} and data is view.data


def test_a_phase_that_is_over_is_the_still_picture(traces):
    figure = rs.figures.cell(traces("LSTM"), rs.Cursor(phase="c", time=1, unit=2))
    still, name = figure.frame().copy(), figure.views[0].captions[0]
    seen = {still.tobytes()}
    for part in (0.0, 0.2, 0.4, 0.6, 0.9):
        figure.flow(part)
        assert "=" not in name.get_text(), "the result is not there yet"
        seen.add(figure.frame().tobytes())
    assert len(seen) == 6, "each frame is another one"
    figure.flow(1.0)
    assert np.array_equal(figure.frame(), still) and name.get_text().startswith("c = ")
    figure.flow(0.5)
    figure.update(rs.Cursor(phase="c", time=1, unit=2))
    assert np.array_equal(figure.frame(), still), "a moment that is shown anew is shown as it is"


def test_a_line_is_lit_as_far_as_something_has_come(traces):
    figure = rs.figures.cell(traces("SimpleRNN"), rs.Cursor(time=1))
    (view,) = figure.views
    figure.flow(0.35)  # half of the first of two stages, of which 0.7 are for the way
    for k, edge in enumerate(wired(view).edges):
        way = view.wires.lines[k]
        whole = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
        stretch = np.linalg.norm(np.diff(view.wires._cut(k, 0.5), axis=0), axis=1).sum()
        assert stretch == pytest.approx(whole / 2)
        travelled = flowing(wired(view), view.data, 0.35).travelled[k]
        assert travelled == (0 if edge.target == "exit h" else 1)
    assert not view.wires.bead_art.get_paths()
    figure.flow(0.175)
    assert len(view.wires.bead_art.get_paths()) == 2, "the input and the hidden state are on their way"


# ------------------------------------------------------------------------------------------------------- the captions


def test_the_captions_are_the_phase_and_its_equation(default, traces):
    trace = traces(default)
    for direction in ("forward", "backward"):
        equations = rs.formulas.equations(default.cell, direction)
        figure = rs.figures.cell(trace, rs.Cursor(direction=direction))
        for quantity in default.cell:
            figure.update(rs.Cursor(sample=0, time=3, unit=0, phase=quantity.name, direction=direction))
            name, equation = (caption.get_text() for caption in figure.views[0].captions)
            layer, symbol = figure.views[0].layer, "∂L/∂" * (direction == "backward") + quantity.name
            group = layer.grad if direction == "backward" else layer
            assert name.startswith(f"{symbol} = "), "the result"
            assert rounds(name.split(" at unit 0")[0], group[quantity.name][-1, 0, -1, 0], 3)
            assert equations[quantity.name].text in equation
            if direction == "forward":
                assert name.endswith(quantity.words)


# ------------------------------------------------------------------------------------------------------- the layout

h_prev, c_prev, m_prev = previous("h"), previous("c"), previous("m")
a, f, g, i, o, q, z, c, m = symbols("a f g i o q z c m")
FORGET = gate("f", sigmoid(linear(x, h_prev)), "forget gate: what is kept")
CANDIDATE = candidate("g", tanh(linear(x, h_prev)), "candidate: new content")
UPDATE = gate("z", sigmoid(linear(x, h_prev)), "update gate: what stays")
OUTPUT = gate("o", sigmoid(linear(x, h_prev)), "output gate: what is shown")
MIXTURE = state("c", f * c_prev + (1 - f) * g, "cell state: the memory")
keep, new, longmemory = symbols("keepgate candidatevalue longmemory")
ADDED = [
    Cell("Leaky", state("h", (h_prev + tanh(linear(x, h_prev))) / 2, "half old, half new")),
    Cell("Janet", FORGET, CANDIDATE, state("h", f * h_prev + (1 - f) * g, "hidden state")),
    Cell("Coupled", FORGET, CANDIDATE, OUTPUT, MIXTURE, state("h", o * tanh(c), "hidden state")),
    Cell(
        "Mixed",
        FORGET,
        OUTPUT,
        candidate("g", tanh(linear(x)), "candidate: new content"),
        MIXTURE,
        state("h", o * h_prev + (1 - o) * c, "hidden state: what is put out"),
    ),
    Cell(
        "Shown",
        gate("a", sigmoid(linear(x, h_prev, m_prev)), "write gate"),
        gate("q", sigmoid(linear(x, h_prev)), "read gate"),
        candidate("g", tanh(linear(x, a * h_prev)), "candidate: new content"),
        state("m", (1 - a) * m_prev + a * g, "memory"),
        state("h", q * tanh(m) + h_prev / 4, "hidden state: what is put out"),
    ),
    Cell(
        "TwoMemories",
        FORGET,
        CANDIDATE,
        MIXTURE,
        gate("z", sigmoid(linear(x, h_prev, c)), "update gate: what stays"),
        state("h", z * h_prev + (1 - z) * tanh(c), "hidden state"),
    ),
    Cell(
        "ThreeStates",
        gate("i", sigmoid(linear(x, h_prev)), "input gate"),
        FORGET,
        gate("a", sigmoid(linear(x, h_prev, m_prev)), "mixing gate"),
        CANDIDATE,
        state("c", f * c_prev + i * g, "cell state"),
        state("m", a * m_prev + (1 - a) * tanh(c), "second memory"),
        state("h", tanh(m) * i, "hidden state"),
    ),
    Cell(
        "SideBySide",
        FORGET,
        gate("z", sigmoid(linear(x, c_prev)), "update gate"),
        CANDIDATE,
        state("c", f * c_prev + g, "slow state"),
        state("h", z * h_prev + (1 - z) * g, "fast state"),
    ),
    Cell(
        "Stacked",
        state("c", tanh(linear(x, c_prev)), "inner state"),
        state("h", tanh(linear(c, h_prev)), "hidden state"),
    ),
    Cell(
        "Around",
        gate("f", sigmoid(linear(x, c_prev)), "forget gate"),
        gate("o", sigmoid(linear(x)), "output gate"),
        candidate("g", tanh(linear(x)), "candidate"),
        MIXTURE,
        state("h", o * tanh(c) + (1 - o) * g, "hidden state"),
    ),
    Cell(
        "FourGates",
        gate("i", sigmoid(linear(x, h_prev)), "input gate"),
        FORGET,
        gate("q", sigmoid(linear(x, h_prev)), "reset gate"),
        OUTPUT,
        candidate("g", tanh(linear(x, q * h_prev)), "candidate"),
        state("c", f * c_prev + i * g, "cell state"),
        state("h", o * tanh(c), "hidden state"),
    ),
    Cell(
        "WithNumbers",
        FORGET,
        UPDATE,
        CANDIDATE,
        state("h", (1 - f * z) * h_prev / 2 - f * g + 0.1, "hidden state"),
    ),
    Cell(
        "Delay",
        state("c", h_prev, "what was put out before"),
        state("h", tanh(linear(x, h_prev, c_prev)), "hidden state"),
    ),
    Cell(
        "FunctionInside",
        candidate("g", tanh(linear(x, tanh(h_prev))), "candidate"),
        state("h", (h_prev + g) / 2, "hidden state"),
    ),
    Cell(
        "WithLongNames",
        gate("keepgate", sigmoid(linear(x, previous("hidden"), previous("longmemory"))), "keep gate: what is kept"),
        candidate("candidatevalue", tanh(linear(x, keep * previous("hidden"))), "candidate: what is new"),
        state(
            "longmemory",
            keep * previous("longmemory") + (1 - keep) * new,
            "long memory: what is carried along",
        ),
        state("hidden", tanh(linear(longmemory)), "hidden state"),
    ),
    Cell("Irrational", CANDIDATE, state("h", sympy.pi * g / 9 + h_prev / sympy.sqrt(7) + sympy.E, "hidden state")),
    Cell(
        "Opened",
        gate("f", sigmoid(linear(x, h_prev) + 1), "forget gate: open at first"),
        CANDIDATE,
        state("c", sympy.Integer(1), "cell state: a constant"),
        state("h", f * h_prev + (c - f) * g, "hidden state"),
    ),
]
TANGLED = [
    Cell("Bare", FORGET, state("h", f * h_prev + (1 - f) * linear(x, bias=False), "hidden state")),
    Cell("Blended", FORGET, state("h", f * linear(x, h_prev) + (1 - f) * h_prev, "hidden state")),
    Cell(
        "Turned",
        FORGET,
        state("c", (1 - f) * c_prev, "cell state"),
        candidate("g", tanh(linear(x, (1 - f) * h_prev)), "candidate: new content"),
        gate("o", sigmoid(linear(x, c)), "output gate: what is shown"),
        state("h", o * g + c, "hidden state"),
    ),
]
"""Cells in whose pictures lines meet, or touch a number; their numbers are right."""

EACH_ADDED = pytest.mark.parametrize("cell", ADDED, ids=lambda cell: cell.name)


def outlines_of(wiring):
    """Return the rectangles of all boxes, as left, bottom, right and top."""
    places = layout_of(wiring.cell).places
    boxes = [node for node in wiring.nodes.values() if node.kind in RADII]
    return {n.key: np.r_[np.subtract(places[n.key], half(n)), np.add(places[n.key], half(n))] for n in boxes}


def overlap(one, other):
    """Return how far two rectangles overlap, across and up, whichever is less."""
    return min(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]))


def assert_legible(wiring):
    """No two boxes touch, no line goes through a box, and lines of two sources do not run on top of each other."""
    boxes, paths = outlines_of(wiring), layout_of(wiring.cell).paths
    for (one, its), (other, others) in combinations(boxes.items(), 2):
        assert overlap(its, others) < -0.05, f"{one} and {other} overlap"
    for edge, path in zip(wiring.edges, paths, strict=True):
        for key, box in boxes.items():
            through = [overlap(part, box + [0.01, 0.01, -0.01, -0.01]) for part in segments(path)]
            assert key in (edge.source, edge.target) or max(through) < 0, f"{edge} goes through {key}"
    for (edge, path), (other, its) in combinations(zip(wiring.edges, paths, strict=True), 2):
        for one, part in ((a, b) for a in segments(path) for b in segments(its)):
            common = np.minimum(one[2:], part[2:]) - np.maximum(one[:2], part[:2])
            together = min(common) > -0.01 and max(common) > 0.05
            assert not together or edge.source == other.source, f"{edge} runs on {other}"


def test_phases_follow_the_boxes_from_left_to_right(variant):
    cell = variant.cell
    boxes = [node.key for node in wiring_of(cell).nodes.values() if node.kind == "layer" and node.key in cell.names]
    columns = sorted(boxes, key=lambda key: layout_of(cell).places[key][0])
    assert [name for name in cell.phases if name in boxes] == columns
    assert sorted(cell.phases) == sorted(cell.names)


def test_columns_in_which_a_cell_cannot_be_computed_are_no_phases():
    gates = FORGET, candidate("g", tanh(linear(x, f * h_prev)), "candidate: it reads the forget gate")
    cell = Cell("Late", *gates, state("h", f * h_prev + (1 - f) * g, "hidden state"), columns=("g", "f"))
    assert cell.phases == ("f", "g", "h")


def test_nothing_lies_on_anything_else(variant):
    assert_legible(wiring_of(variant.cell))


def assert_phases_are_legible(trace, direction):
    """Go through the phases: no two texts overlap, and no number lies on a line or a box."""
    figure = rs.figures.cell(trace, rs.Cursor(direction=direction))
    for k, phase in enumerate(trace[trace.layers[0]].quantities):
        figure.update(rs.Cursor(phase=phase, direction=direction, unit=k % 4, time=2 - k % 2, sample=k % 6))
        assert_texts_are_apart(figure)
        assert_numbers_are_clear(figure.views[0])


@over(cell=rs.cells.names(), direction=("forward", "backward"))
def test_the_texts_of_every_phase_are_apart(traces, cell, direction):
    assert_phases_are_legible(traces(cell), direction)


@needs_hangul
@over(("cell", "direction"), cell=rs.cells.names(), direction=("forward", "backward"), quick=("LSTM",))
def test_the_texts_of_every_phase_are_apart_in_korean(traces, cell, direction):
    with speaking("ko"):
        assert_phases_are_legible(traces(cell), direction)


@pytest.mark.slow
@over(("cell", "direction"), cell=rs.cells.names(), direction=("forward", "backward"))
def test_the_texts_of_every_phase_are_apart_both_ways(traces, cell, direction):
    assert_phases_are_legible(traces(cell), direction)


def assert_numbers_are_clear(view):
    """No line touches a number, and none lies on a box."""
    to_pixels, wiring = view.numbers.diagram.axes.transData.transform, wired(view)
    parts = [part for path in layout_of(wiring.cell).paths for part in segments(path)]
    things = [(-1.0, part) for part in parts] + [(1.0, outline) for outline in outlines_of(wiring).values()]
    for key, text in view.numbers.texts.items():
        if text.get_text() and not str(key).startswith("mean"):
            its = text.get_window_extent().extents
            for most, thing in things:
                met = common(its, to_pixels(np.reshape(thing, (2, 2))).ravel())
                assert min(met) < most, (key, text.get_text(), met)


@EACH_ADDED
def test_a_new_cell_is_laid_out(cell):
    assert_legible(wiring_of(cell))


@over(cell=ADDED, direction=("forward", "backward"))
def test_a_new_cell_draws_itself(registry_restored, cell, direction):
    rs.register(cell)
    trace = trained(*pair(getattr(rs.layers, cell.name)))
    at = rs.Cursor(layer=trace.layers[0], sample=0, unit=1, direction=direction, phase=cell.names[0], time=1)
    figure = rs.figures.cell(trace, at)
    (view,) = figure.views
    assert figure.frame().any() and view.layer.kind == cell.name
    assert_texts_are_apart(figure)
    for name in cell.states:
        text = view.numbers.texts[f"exit {name}"].get_text()
        group = trace[trace.layers[0]].grad if direction == "backward" else {}
        if len(wiring_of(cell).out_of(name)) > 1:
            continue  # part of the total comes from its own step
        assert name not in group or rounds(text, group[name][len(EPOCHS) - 1, 0, 1, 1], 3)
    for k, phase in enumerate(cell.names):
        figure.update(replace(at, unit=k % 4, phase=phase, time=2 - k % 2))
        assert_numbers_are_clear(view)


@pytest.mark.parametrize("cell", [*ADDED, *TANGLED], ids=lambda cell: cell.name)
def test_what_comes_back_in_a_new_cell_adds_up(registry_restored, cell):
    rs.register(cell)
    assert_all_comes_back(trained(*pair(getattr(rs.layers, cell.name))))


@pytest.mark.parametrize("activation", ["silu", "gelu"])
def test_what_comes_back_through_a_function_whose_value_does_not_say_its_slope(traces, activation):
    options = (("activation", activation), ("recurrent_activation", "silu"))
    assert_all_comes_back(traces(Variant("LSTM", options), 4))
