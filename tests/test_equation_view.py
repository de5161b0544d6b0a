"""The view of an equation: every number under its symbol is the recorded one, and together they give the result."""

import re
from functools import cache
from itertools import product
from math import inf

import numpy as np
import pytest
from pictures import EPOCHS, drawn_once, number, pair, rounds, trained, view_of
from rows import covering
from sympy import Pow

import rnnscope as rs
from rnnscope.figures import style
from rnnscope.numbers import written

CURSORS = (
    {"time": 1, "unit": 3, "sample": 2, "epoch": 2},
    {"time": 3, "unit": 0},
    {"time": 0, "unit": 1, "epoch": 0},
)
WORDS = {
    "hard_sigmoid": lambda v: min(max(v + 3, 0), 6) / 6,
    "σ": lambda v: 1 / (1 + np.exp(-v)),
    "relu": lambda v: max(v, 0),
    "softplus": lambda v: np.log1p(np.exp(v)),
    "log σ": lambda v: -np.log1p(np.exp(-v)),
    "max": max,
    "at_least": lambda a, b: float(a >= b),
    "√": np.sqrt,
    **{name: getattr(np, name) for name in ("tanh", "exp", "log", "sin", "cos", "sqrt")},
}
"""The functions of equations, as they are written."""

IN_PYTHON = {**{name: f" F[{name!r}] " for name in sorted(WORDS, key=len, reverse=True)}, "∞": " inf "}
"""The same as Python, the longer names first: `log σ` is one function."""


ADDEND = r"(\S+) · (\S+)(?: from (?:unit|input) (\d+))?"
"""An addend of a product, and the place that it comes from."""


def moments(trace, layer):
    """Return moments at which every phase of a layer is seen in both directions."""
    for direction, phase, chosen in product(("forward", "backward"), layer.quantities, CURSORS):
        yield rs.Cursor(layer=layer.name, phase=phase, direction=direction, **chosen).at(trace).cursor


def drawn(trace, layer):
    """Draw the equation once for all tests, then move it; yield it at each moment with the equation in numbers."""
    for at in moments(trace, layer):
        figure = drawn_once("equation", trace, layer.name, at.direction)
        figure.update(at)
        yield figure.views[0], at, substituted(trace, at)


@cache
def substituted(trace, at):
    """Return the equation in numbers at a moment."""
    return rs.formulas.substitute(trace, at)


@pytest.fixture(params=covering({"cell": rs.cells.names(), "size": [(4, 0), (4, 1), (300, 1)]}), ids=str)
def seen(request, traces):
    """Return a trace and one of its layers: each cell at one of the sizes."""
    cell, (units, place) = request.param
    trace = traces(cell, units)
    return trace, trace[trace.layers[place]]


def texts(artists):
    """Return what texts say, the empty ones left out."""
    return [text.get_text() for text in artists if text.get_text()]


def recorded(trace, layer, at):
    """Return the result of the equation, as it was recorded."""
    group = layer if at.direction == "forward" else layer.grad
    return float(group[at.phase][EPOCHS.index(at.epoch), at.sample, at.time, at.unit])


def test_the_result_is_the_recorded_number(seen):
    trace, layer = seen
    for view, at, _ in drawn(trace, layer):
        result = recorded(trace, layer, at)
        assert view.written.result.get_text().startswith("= ") and rounds(view.written.result.get_text(), result, 4)


def in_python(line):
    """Return the value of an equation in numbers, taken literally: as Python."""
    line = line.replace("−", "-").replace("·", "*").replace("²", "**2")
    words = re.compile("|".join(IN_PYTHON))
    assert re.fullmatch(r"[-+*/(),.\d\se]*", words.sub("", line)), line
    return eval(words.sub(lambda word: IN_PYTHON[word[0]], line), {"__builtins__": {}}, {"F": WORDS, "inf": inf})


def largest_of(found):
    """Return the size of the largest finite number that an equation is made of."""
    sizes = [abs(found.value), *(abs(term.value) for term in found.terms)]
    return max(size for size in sizes if np.isfinite(size))


def test_every_symbol_stands_over_its_number(seen):
    trace, layer = seen
    for view, _, found in drawn(trace, layer):
        symbols, numbers = texts(view.written.symbols), texts(view.written.numbers)
        assert len(symbols) == len(numbers) == len(found.equation.pieces)
        terms = {f"${term.latex}$": term for term in found.terms}
        assert set(terms) <= set(symbols)
        for symbol, text in zip(symbols, numbers, strict=True):
            if symbol in terms:
                assert rounds(text, terms[symbol].value, 3)
                assert text.startswith("(") == (terms[symbol].value < 0)
            else:
                assert symbol == text, "what stands between is the same in both lines"
        places = (
            [t.get_position() for t in view.written.symbols if t.get_text()],
            [t.get_position() for t in view.written.numbers],
        )
        for (x, y), (below, lower) in zip(*places, strict=False):
            assert x == below and lower < y
        left = view.written.left.get_text()
        assert left.startswith("$") and left.strip("$").split(r" \;")[0] == found.equation.latex.split(" = ")[0]


def magnifies_rounding(found):
    """Say whether an equation has the root of a difference or divides by one: three digits may leave nothing of it."""
    return any(power.base.is_Add and not power.exp.is_Integer for power in found.equation.right.atoms(Pow))


def exact(view, found):
    """Return the line of numbers, with all digits of each."""
    values = {f"${term.latex}$": f"({term.value!r})" for term in found.terms}
    pairs = zip(texts(view.written.symbols), texts(view.written.numbers), strict=True)
    return [values.get(symbol, text) for symbol, text in pairs]


def test_what_a_reader_computes_from_the_picture_is_the_result(seen):
    """The line of numbers, taken literally: as Python."""
    trace, layer = seen
    for view, at, found in drawn(trace, layer):
        numbers = exact(view, found) if magnifies_rounding(found) else texts(view.written.numbers)
        line = " ".join(numbers)
        computed = in_python(line)
        # three digits of each number: the sum is as exact as its largest term
        assert computed == pytest.approx(recorded(trace, layer, at), abs=0.02 * largest_of(found)), line


def test_the_step_before_the_result_is_as_large_and_has_no_symbols(seen):
    trace, layer = seen
    for view, at, found in drawn(trace, layer):
        step = view.written.step.get_text()
        is_long = len(found.equation.right.args) > 1 and not all(e.is_Symbol for e in found.equation.right.args)
        assert bool(step) or not is_long, found.equation
        if step and not magnifies_rounding(found):
            assert in_python(step.removeprefix("= ")) == pytest.approx(
                recorded(trace, layer, at), abs=0.02 * largest_of(found)
            )


def test_parts_stand_one_after_the_other_and_come_to_the_argument_or_the_result(seen):
    trace, layer = seen
    for view, at, found in drawn(trace, layer):
        working, panels = view.data.working, view.panels
        kind = working.structure.kind
        assert kind or not panels.bars.get_paths()
        if not kind:
            continue
        names, values = texts(panels.names), texts(panels.values)
        assert names[-1] == f"the {kind}" and len(names) == len(values) == len(working.values) + 1
        wanted = {"sum": sum, "product": np.prod, "max": max}[kind](working.values)
        assert rounds(values[-1], wanted, 3, slack=1e-9)
        for text, value in zip(values, working.values, strict=False):
            assert rounds(text, value, 3) and text.startswith("× ") == (kind == "product" and text != values[0])
        whole = working.argument if working.structure.is_outer else recorded(trace, layer, at)
        assert wanted == pytest.approx(whole, rel=1e-4, abs=1e-6 * largest_of(found))
        ends = [path.get_extents() for path in panels.bars.get_paths()]
        reach = number(panels.ticks[2].get_text())
        middle, half = (panels.left + panels.right) / 2, (panels.right - panels.left) / 2
        sums = np.cumsum([0, *working.values])
        if kind == "sum":
            for box, start, end in zip(ends, sums, sums[1:], strict=False):
                places = middle + half * np.clip(sorted((start, end)), -reach, reach) / reach
                np.testing.assert_allclose([box.x0, box.x1], places, atol=0.05)


def test_the_dot_lies_on_the_curve_of_the_function(seen):
    trace, layer = seen
    for view, at, _ in drawn(trace, layer):
        working, panels = view.data.working, view.panels
        if working.facts is None:
            assert not len(panels.dot.get_xdata()) and not len(panels.curve.get_xdata())
            continue
        function = WORDS[working.facts.text]
        assert working.value == pytest.approx(float(function(working.argument)), rel=1e-5, abs=1e-12)
        near = (float(function(working.argument + s)) for s in (1e-5, -1e-5))
        assert working.slope == pytest.approx((next(near) - next(near)) / 2e-5, rel=1e-3, abs=1e-6)
        if working.structure.is_outer:
            assert working.value == pytest.approx(recorded(trace, layer, at), rel=1e-4, abs=1e-7)
        if not np.isfinite(working.argument):
            assert not len(panels.dot.get_xdata()), "a state may begin at −∞"
            continue
        ((x, y),) = panels.dot.get_xydata()
        curve = panels.curve.get_xydata()
        assert y == pytest.approx(np.interp(x, *curve.T), abs=0.05)
        reach = number(panels.ticks[5].get_text())
        wanted = panels.left + (working.argument + reach) / (2 * reach) * (panels.right - panels.left)
        assert x == pytest.approx(wanted, abs=0.01)
        assert f"{working.facts.text}({written(working.argument)})" in panels.titles[1].get_text()


def test_a_forget_gate_is_worked_out_as_on_a_board(traces):
    trace = traces("LSTM")
    view = view_of("equation", trace, rs.Cursor(phase="f", time=2, unit=1, sample=4))
    layer = trace["lstm"]
    parts = [layer.parts["f"][p][2, 4, 2, 1] for p in ("input", "recurrent")] + [layer.parts["f"]["bias"][2, 1]]
    assert texts(view.panels.names) == ["x·W_f", "h₋₁·U_f", "b_f", "the sum"]
    assert view.data.working.values == pytest.approx(tuple(map(float, parts)))
    z = float(sum(parts))
    assert view.written.step.get_text() == f"= σ({written(z)})"
    f = 1 / (1 + np.exp(-z))
    assert view.panels.titles[1].get_text().startswith(f"σ({written(z)}) = {written(f)}; ")
    assert f"slope {written(f * (1 - f), 2)}" in view.panels.titles[1].get_text()


def test_bars_of_a_moment_are_on_the_scale_of_its_sample_and_epoch(traces):
    trace, cursor = traces("LSTM"), rs.Cursor(phase="c", sample=0, direction="backward", epoch=2)
    whole, own = (view_of("equation", trace, cursor, scales=scales).scale for scales in ("epochs", "moment"))
    arrays = {k: a for k, a in trace["lstm"].arrays.items() if k.split("/")[0] in ("grad", "grad_state")}
    assert whole["gradient"].high == pytest.approx(max(np.abs(a).max() for a in arrays.values()))
    assert own["gradient"].high == pytest.approx(max(np.abs(a[1, 0]).max() for a in arrays.values()))


def test_the_table_has_a_row_for_each_addend(seen):
    """With the parts of the pre-activation, its biases among them, from the recording of the layer."""
    trace, layer = seen
    for view, at, found in drawn(trace, layer):
        rows = [row for row in view.table.rows if row.symbol.get_text()]
        assert [row.symbol.get_text() for row in rows] == [f"${term.latex}$" for term in found.terms[: len(rows)]]
        shown = [row.value.get_text() for row in rows]
        if at.direction == "forward" and at.phase in layer.parts:
            place = EPOCHS.index(at.epoch), at.sample, at.time
            for part, array in layer.parts[at.phase].items():
                value = float((array[place[0]] if "bias" in part else array[place])[at.unit])
                where = [k for k, text in enumerate(shown) if rounds(text, value, 3)]
                assert where, f"{part} of {at.phase}"
                words = {rows[k].source.get_text() for k in where}
                assert any(part.rstrip("0123456789").replace("_", " ") in text for text in words), words
        for row, term in zip(rows, found.terms, strict=False):
            assert rounds(row.value.get_text(), term.value, 3) and row.source.get_text() == term.source
        assert not [text for row in view.table.rows[len(rows) :] for text in texts(vars(row).values())]


def test_a_picture_of_its_own_size_has_room_for_all_rows(default, traces):
    trace = traces(default)
    for view, _, found in drawn(trace, trace[trace.layers[0]]):
        assert len(texts(row.symbol for row in view.table.rows)) == len(found.terms)


def test_products_are_written_as_their_addends(seen):
    trace, layer = seen
    for view, _, found in drawn(trace, layer):
        for row, term in zip(view.table.rows, found.terms, strict=False):
            text = row.addends.get_text()
            assert bool(text) == (term.of.ref.kind in ("product", "pulled") and not term.of.ref.gradient)
            if text and not term.factors:
                assert text == "zero: no time step follows" and term.value == 0
            elif text:
                parts = re.findall(ADDEND, text)
                rest = re.search(r"(\S+) from the other (\d+)", text)
                total = sum(number(a) * number(b) for a, b, _ in parts) + (number(rest[1]) if rest else 0)
                largest = max(abs(number(a) * number(b)) for a, b, _ in parts)
                assert total == pytest.approx(term.value, abs=0.02 * max(largest, abs(term.value)))
                count = len(parts) + (int(rest[2]) if rest else 0)
                assert count == len(term.factors) + term.others
                if count > 1:
                    assert [int(k) for *_, k in parts] == [factor.index for factor in term.factors[: len(parts)]]


def test_the_largest_addends_of_a_product_are_written_out(traces):
    trace = traces("LSTM", 300)
    layer, at = trace["lstm_1"], {"time": 2, "unit": 7, "sample": 3}
    view = view_of("equation", trace, rs.Cursor(layer="lstm_1", phase="f", **at), figsize=(24, 8))
    before = layer["h"][2, 3, 1].astype(float)
    column = layer.weights(4)["recurrent_kernel"][:, 300 + 7].astype(float)  # the forget gate is the second
    products = before * column
    first, second, third = np.argsort(-np.abs(products))[:3]
    (row,) = [row for row in view.table.rows if row.source.get_text() == "recurrent part"]
    found = re.findall(ADDEND, row.addends.get_text())
    assert [int(unit) for *_, unit in found] == [first, second, third]
    for value, weight, unit in found:
        assert rounds(value, before[int(unit)], 3) and rounds(weight, column[int(unit)], 3)
    rest = products.sum() - products[[first, second, third]].sum()
    words = re.search(r"(\S+) from the other (\d+)", row.addends.get_text())
    assert words[2] == "297" and rounds(words[1], rest, 3, slack=1e-7)
    assert rounds(row.value.get_text(), products.sum(), 3, slack=1e-7)


def test_a_bar_is_as_long_as_its_number_on_the_scale_of_all_epochs(seen):
    trace, layer = seen
    for view, at, found in drawn(trace, layer):
        kinds = ("value", "state", "input", "recurrent", "peephole", "bias", "recurrent_bias", "constant")
        gradients = ("grad", "grad_state") if at.direction == "backward" else ()
        values = [a for key, a in layer.arrays.items() if key.split("/")[0].rstrip("0123456789") in kinds]
        slopes = [array for key, array in layer.arrays.items() if key.split("/")[0] in gradients]
        outlines = [path.get_extents() for path in view.table.bars.get_paths()]
        assert len(outlines) == 2 * len(texts(row.symbol for row in view.table.rows))
        for strip, part, term in zip(outlines[::2], outlines[1::2], found.terms, strict=False):
            limits = slopes if slopes and term.name.startswith(("d_", "Q_")) else values
            limit = max(float(np.abs(array[np.isfinite(array)]).max()) for array in limits)
            middle, reach = (strip.x0 + strip.x1) / 2, strip.width / 2
            wanted = middle + reach * np.clip(term.value / limit, -1, 1)
            end = part.x1 if term.value > 0 else part.x0
            assert end == pytest.approx(wanted, abs=0.05)
            start = part.x0 if term.value > 0 else part.x1
            assert start == pytest.approx(middle, abs=0.05)


def test_an_lstm_step_in_words_of_the_textbook(traces):
    trace = traces("LSTM")
    view = view_of("equation", trace, rs.Cursor(phase="c", time=2, unit=1, sample=4))
    layer = trace["lstm"]
    f, i, g = (float(layer[name][2, 4, 2, 1]) for name in "fig")
    before = float(layer["c"][2, 4, 1, 1])
    numbers = [text for text in texts(view.written.numbers) if text not in ("+", "·")]
    for text, value in zip(numbers, (f, before, i, g), strict=True):
        assert rounds(text, value, 3)
    assert number(view.written.result.get_text()) == pytest.approx(f * before + i * g, rel=1e-5)
    sources = {row.symbol.get_text(): row.source.get_text() for row in view.table.rows}
    assert (
        sources["$f_{t}$"] == "forget gate"
        and sources["$c_{t-1}$"] == "previous cell state"
        and sources["$g_{t}$"] == "candidate"
    )


def test_without_weights_the_parts_stay_and_that_the_addends_are_unknown_is_said():
    trace = trained(*pair(rs.LSTM), record=rs.Record(every=2, weights=False))
    view = view_of("equation", trace, rs.Cursor(layer="lstm", sample=0, phase="f", time=2, unit=1))
    parts = trace["lstm"].parts["f"]
    wanted = [parts["input"][2, 0, 2, 1], parts["recurrent"][2, 0, 2, 1], parts["bias"][2, 1]]
    rows = [row for row in view.table.rows if row.symbol.get_text()]
    for row, value in zip(rows, wanted, strict=True):
        assert rounds(row.value.get_text(), float(value), 3)
    words = [row.addends.get_text() for row in rows]
    assert words == ["its addends are not known: the weights of this epoch were not kept"] * 2 + [""]


def test_what_is_not_finite_is_said_in_its_colour():
    trace = trained(*pair(rs.LSTM))
    trace["lstm"].arrays["input/f"][2, 0, 2, 1] = np.nan
    view = view_of("equation", trace, rs.Cursor(layer="lstm", sample=0, phase="f", time=2, unit=1))
    marked = [text.get_text() for text in view.written.numbers if text.get_color() == style.NOT_FINITE]
    assert marked == ["NaN"]
    assert [row.value.get_text() for row in view.table.rows if row.value.get_color() == style.NOT_FINITE] == ["NaN"]
