"""Colours that can be told apart, also without one kind of cone and in grey; scales; and how numbers are written."""

import re
from contextlib import nullcontext
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text
from pictures import view_of
from rows import mostly_slow

import rnnscope as rs
from rnnscope.cells import Cell, candidate, gate, linear, previous, sigmoid, state, symbols, tanh, x
from rnnscope.figures import style
from rnnscope.figures.scale import Scale, scale_of, scale_of_powers
from rnnscope.numbers import written

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""What is seen of linear RGB: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, A Physiologically-based Model for
Simulation of Color Vision Deficiency, IEEE TVCG 15(6), 2009, at severity 1.0."""

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""From linear sRGB to CIE XYZ (IEC 61966-2-1)."""

APART = {"light": 14, "dark": 10}
"""The least difference of two quantities of a cell (CIEDE2000): what `style` says; on dark paper colours are paler."""

LATER, LATER_APART = (
    {"gate": slice(5, None), "candidate": slice(1, None), "state": slice(2, None)},
    {"light": 12, "dark": 10},
)
"""The colours for the quantities of large cells: on white there is no room for ten that are 14 apart."""

IN_GREY = 4
"""The least difference in lightness L* (of 0 to 100)."""

on_both = pytest.mark.parametrize("paper", ["light", "dark"])


def on(paper):
    """Return a context in which figures have light or dark paper."""
    return nullcontext() if paper == "light" else plt.style.context("dark_background")


def linear_rgb(colour):
    """Return a colour in linear RGB."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(linear):
    """Return linear RGB as CIE L*a*b*, white being that of sRGB."""
    part = TO_XYZ @ np.clip(linear, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(part > (6 / 29) ** 3, np.cbrt(part), part * 29**2 / 108 + 4 / 29)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one, other):
    """Return the difference of two colours in L*a*b* (CIE 142:2001)."""
    (l_1, a_1, b_1), (l_2, a_2, b_2) = one, other
    mean_seven = ((np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_seven / (mean_seven + 25.0**7))
    c_1, c_2 = np.hypot(stretch * a_1, b_1), np.hypot(stretch * a_2, b_2)
    h_1, h_2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a_1, b_1), (a_2, b_2)))
    turn = (h_2 - h_1 + 180) % 360 - 180 if c_1 * c_2 else 0
    hue = (h_1 + turn / 2) % 360 if c_1 * c_2 else h_1 + h_2
    light, chroma = (l_1 + l_2) / 2, (c_1 + c_2) / 2

    def cosine(times, shift):
        return np.cos(np.radians(times * hue + shift))

    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.20 * cosine(4, -63)
    by_light = (l_2 - l_1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    by_chroma = (c_2 - c_1) / (1 + 0.045 * chroma)
    by_hue = 2 * np.sqrt(c_1 * c_2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    return float(np.sqrt(by_light**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue))


def difference(one, other, vision="normal"):
    """Return the difference of two colours as somebody sees it."""
    return ciede2000(*(lab(VISIONS[vision] @ linear_rgb(colour)) for colour in (one, other)))


def least(paper, *colours):
    """Return by how much two quantities must differ."""
    late = {colour for role, given in style.ROLE_COLOURS[paper].items() for colour in given[LATER[role]]}
    return (LATER_APART if late & set(colours) else APART)[paper]


def colours_of(cell):
    """Return the colours of the quantities of a cell by name."""
    return {name: style.quantity_colour(cell, name) for name in cell.names}


# ---------------------------------------------------------------------------------------- the measure itself is right

SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]
"""From table 1 of G. Sharma, W. Wu, E. N. Dalal, The CIEDE2000 Color-Difference Formula: Implementation Notes,
Supplementary Test Data, and Mathematical Observations, Color Research and Application 30(1), 2005."""


@pytest.mark.parametrize(("one", "other", "published"), SHARMA)
def test_the_difference_of_colours_is_as_published(one, other, published):
    assert ciede2000(one, other) == pytest.approx(published, abs=5e-5)
    assert ciede2000(other, one) == pytest.approx(published, abs=5e-5)


def test_lightness_and_the_simulations_keep_grey():
    assert lab(linear_rgb("white")) == pytest.approx((100, 0, 0), abs=0.01)
    assert lab(linear_rgb("#777777"))[0] == pytest.approx(50, abs=0.1)
    assert lab(linear_rgb("red")) == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    for vision, matrix in VISIONS.items():
        np.testing.assert_allclose(np.sum(matrix, axis=1), 1, atol=1e-5, err_msg=vision)
    assert difference("#ff0000", "#a06000", "protanopia") < 0.6 * difference("#ff0000", "#a06000")


# ---------------------------------------------------------------------------------------------------------- colours


@on_both
@pytest.mark.parametrize("vision", VISIONS)
def test_the_quantities_of_a_cell_can_be_told_apart(default, paper, vision):
    with on(paper):
        colours = colours_of(default.cell)
        for one, other in combinations(colours, 2):
            apart = difference(colours[one], colours[other], vision)
            assert apart >= least(paper, colours[one], colours[other]), f"{one} and {other} differ by {apart:.1f}"


@pytest.mark.parametrize("vision", VISIONS)
def test_the_quantities_of_all_cells_can_be_told_apart(vision):
    """Pictures of several cells stand side by side."""
    colours = {colour for cell in rs.cells.registered() for colour in colours_of(cell).values()}
    for one, other in combinations(sorted(colours), 2):
        apart = difference(one, other, vision)
        assert apart >= least("light", one, other), f"{one} and {other} differ by {apart:.1f}"


@pytest.mark.parametrize("paper", style.ROLE_COLOURS)
@pytest.mark.parametrize("vision", VISIONS)
def test_all_colours_that_can_be_given_can_be_told_apart(paper, vision):
    colours = [colour for role in style.ROLE_COLOURS[paper].values() for colour in role]
    assert min(difference(*two, vision) for two in combinations(colours, 2)) >= APART["dark"]


@on_both
def test_lines_in_the_same_axes_differ_in_grey(traces, paper):
    with on(paper):
        view = view_of("gradient_flow", traces("LSTM"))
        lights = [lab(linear_rgb(view.norms.lines[state].get_color()))[0] for state in "ch"]
    assert abs(lights[0] - lights[1]) >= IN_GREY


@on_both
def test_the_quantities_of_a_diagram_differ_in_grey(default, paper):
    with on(paper):
        lights = {name: lab(linear_rgb(colour))[0] for name, colour in colours_of(default.cell).items()}
    assert all(abs(lights[one] - lights[other]) >= IN_GREY for one, other in combinations(lights, 2))


@on_both
@mostly_slow(view=rs.figures.VIEWS, quick=("cell", "gates", "network", "parameters", "training"))
def test_headings_can_be_read_on_the_paper(traces, view, paper):
    with on(paper):
        for cell, direction in (("LSTM", "forward"), ("GRU", "backward"), ("SLSTM", "forward")):
            figure = getattr(rs.figures, view)(traces(cell), rs.Cursor(direction=direction))
            bold = [
                t for t in figure.findobj(Text) if t.get_text() and t.get_fontweight() == "bold" and t.get_visible()
            ]
            within = {t for t in bold if view in ("cell", "parameters") and t.get_zorder() >= 4}  # on boxes and tiles
            for text in set(bold) - within:
                assert style.contrast(to_hex(text.get_color()), style.paper()) >= 4.5, text.get_text()


@on_both
def test_colours_stand_out_from_the_paper(paper):
    with on(paper):
        for role in style.ROLE_COLOURS[paper].values():
            for colour in map(style.legible, role):
                dark, light = sorted(linear_rgb(c) @ TO_XYZ[1] for c in (colour, style.paper()))
                contrast = (light + 0.05) / (dark + 0.05)
                assert contrast >= style.CONTRAST[paper]
                assert style.contrast(colour, style.paper()) == pytest.approx(contrast, rel=1e-3)


@on_both
def test_colours_are_as_they_are_declared(paper):
    with on(paper):
        for colour in (colour for role in style.ROLE_COLOURS[paper].values() for colour in role):
            assert style.legible(colour) == colour
    assert style.contrast("#000000", "#ffffff") == pytest.approx(21)


def test_a_quantity_has_the_same_colour_in_every_cell():
    """But where another quantity of the cell has that colour, or one that is as light."""
    found, others = {}, []
    for cell in rs.cells.registered():
        colours = colours_of(cell)
        for quantity in cell:
            assert colours[quantity.name] in style.ROLE_COLOURS["light"][quantity.role]
            own = found.setdefault((quantity.name, quantity.role), colours[quantity.name])
            if colours[quantity.name] != own:
                others.append(quantity.name)
                lights = [lab(linear_rgb(colour))[0] for colour in (own, *colours.values())]
                assert min(abs(lights[0] - light) for light in lights[1:]) < IN_GREY
    assert len(others) <= len(found) / 6


def test_the_colours_of_the_first_cells_stay_as_they_were():
    wanted = {
        "LSTM": {"i": "#60af88", "f": "#393c67", "g": "#b47d2a", "o": "#7844cd", "c": "#8c3900", "h": "#342f2c"},
        "GRU": {"z": "#3d745a", "r": "#a094c2", "g": "#b47d2a", "h": "#342f2c"},
    }
    assert {name: colours_of(rs.cells.build(name)) for name in wanted} == wanted


@on_both
def test_a_quantity_whose_colour_its_cell_has_takes_one_that_is_free(registry_restored, paper):
    """There are four colours of states, and `m` is the fifth name of a state."""
    (a, n, m), h_prev, m_prev = symbols("a n m"), previous("h"), previous("m")
    cell = Cell(
        "Shown",
        gate("a", sigmoid(linear(x, h_prev)), "write gate"),
        candidate("n", tanh(linear(x, h_prev)), "candidate: new content"),
        state("m", (1 - a) * m_prev + a * n, "memory"),
        state("h", a * m, "hidden state: what is put out"),
    )
    rs.register(cell)
    with on(paper):
        found = colours_of(cell)
        assert found["h"] == style.ROLE_COLOURS[paper]["state"][0]
        assert found["m"] in style.ROLE_COLOURS[paper]["state"][1:]
        assert found["h"] == style.quantity_colour(rs.cells.build("LSTM"), "h")


@on_both
def test_marks_of_what_is_not_finite_are_like_no_quantity(paper):
    scales = Scale(0, 1, "gate"), Scale(-1, 1, "signed"), Scale(0, 1, "size")
    shown = [scale.colours(part)[:3] for scale in scales for part in np.linspace(0, 1, 9)]
    with on(paper):
        shown += [colour for cell in rs.cells.registered() for colour in colours_of(cell).values()]
    assert min(difference(style.NOT_FINITE, colour) for colour in shown) > APART["light"]


def test_texts_on_colours_are_black_or_white_whichever_reads_better():
    colours = Scale(-1, 1, "signed").colours(np.linspace(0, 1, 101))
    for colour, text in zip(colours[:, :3], style.readable_on(colours), strict=True):
        assert tuple(text) in ((0, 0, 0), (1, 1, 1))
        best = max(style.contrast(other, colour) for other in ("black", "white"))
        assert style.contrast(text, colour) > 0.98 * best


# ----------------------------------------------------------------------------------------------------------- scales


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (Scale(0, 1, "gate"), Scale(0, 1, "gate"), Scale(0, 1, "gate")),
        (Scale(-1, 1, "signed"), Scale(-3, 3, "signed"), Scale(-3, 3, "signed")),
        (Scale(-2, 2, "signed"), Scale(-0.5, 0.5, "signed"), Scale(-2, 2, "signed")),
        (Scale(0, 1, "gate"), Scale(-0.5, 0.5, "signed"), Scale(-1, 1, "signed")),
        (Scale(0, 1, "gate"), Scale(-4, 4, "signed"), Scale(-4, 4, "signed")),
        (Scale(0, 1, "size"), Scale(0, 2, "size"), Scale(0, 2, "size")),
    ],
)
def test_a_common_scale_shows_what_either_shows(one, other, wanted):
    assert one.together(other) == other.together(one) == wanted


def test_scales_of_arrays():
    assert scale_of("gate", np.array([0.2, 0.9])) == Scale(0, 1, "gate")
    assert scale_of("gate", np.array([0.2, 1.5])) == Scale(-1.5, 1.5, "signed")
    assert scale_of("state", np.array([0.2, -0.9]), np.array([0.5])) == Scale(-0.9, 0.9, "signed")
    assert scale_of("state", np.array([np.nan, 2.0, -np.inf])) == Scale(-2, 2, "signed")
    assert scale_of("state", np.zeros(3)) == scale_of("state", np.full(3, np.nan)) == Scale(-1, 1, "signed")


def test_scales_of_powers_of_ten():
    found = scale_of_powers(np.array([0.01, 0.0, 100.0]), np.array([np.inf, 1.0]))
    assert (found.low, found.high) == (-2, 2)
    found = scale_of_powers(np.array([1e-30, 10.0]))
    assert (found.low, found.high) == (-11, 1), "not more than twelve powers of ten"
    for flat in (np.array([1.0]), np.zeros(3)):
        assert scale_of_powers(flat).low < scale_of_powers(flat).high


# ---------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 3, "0"),
        (0.5, 3, "0.5"),
        (-0.042071, 3, "−0.0421"),
        (0.0012345, 3, "0.00123"),
        (0.00012345, 3, "1.23e−4"),
        (-0.0000123, 2, "−1.2e−5"),
        (1.2e-5, 3, "1.2e−5"),
        (12.3456, 3, "12.3"),
        (123.456, 6, "123.456"),
        (0.99999, 3, "1"),
        (float("nan"), 3, "NaN"),
        (-float("inf"), 3, "−∞"),
    ],
)
def test_numbers_are_written_with_a_few_digits_and_a_true_minus(value, digits, text):
    assert written(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.123450"),
        (-5.2e-5, "−5.20000e−5"),
        (123456.0, "123456"),
        (2e14, "2.00000e14"),
        (0.0, "0.00000"),
        (float("nan"), "NaN"),
    ],
)
def test_zeros_at_the_end_can_be_kept(value, text):
    assert written(value, 6, zeros=True) == text


@pytest.mark.parametrize("value", [1234.5, -98765.4, 1.5e12])
def test_large_numbers_are_written_as_small_ones(value):
    text = written(value)
    assert re.fullmatch(r"−?\d+(\.\d+)?(e[1-9]\d*)?", text)
    assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.005)
