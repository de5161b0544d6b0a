"""The view of the history of gates: its bands are quantiles of what was recorded, epoch by epoch."""

import numpy as np
import pytest
from pictures import EPOCHS, moved, pair, runs_from_0_to_1, trained, view_of
from rows import over

import rnnscope as rs
from rnnscope.figures import style
from rnnscope.numbers import written

ENDS = ((0, 1), (0.1, 0.9), (0.25, 0.75))
"""The quantiles between which the bands lie, the widest first."""


def edges(collection):
    """Return the places along a band, its lower and its upper edge."""
    (path,) = collection.get_paths()
    outline = path.vertices[:-1]
    half = len(outline) // 2
    return outline[:half, 0], outline[:half, 1], outline[half:, 1][::-1]


def range_of(layer, name):
    """Return the range of a quantity, from what its equation begins with, or None."""
    function = layer.equations[name].partition("(")[0]
    return {"sigmoid": (0, 1), "hard_sigmoid": (0, 1), "tanh": (-1, 1)}.get(function)


@over(cell=rs.cells.names(), units=(4, 300))
def test_the_bands_are_quantiles_of_all_units_and_samples(traces, cell, units):
    for view, layer, at, _ in moved("gate_history", traces(cell, units)):
        assert tuple(view.panels) == layer.quantities
        for name, panel in view.panels.items():
            flat = layer[name][:, :, at.time].reshape(len(EPOCHS), -1)
            for band, ends in zip(panel.bands, ENDS, strict=True):
                along, low, high = edges(band)
                np.testing.assert_array_equal(along, EPOCHS)
                np.testing.assert_allclose([low, high], np.nanquantile(flat, ends, axis=1), atol=1e-6)
            np.testing.assert_array_equal(panel.median.get_xdata(), EPOCHS)
            np.testing.assert_allclose(panel.median.get_ydata(), np.median(flat, axis=1), atol=1e-6)
            assert not len(panel.broken.get_xdata())


def test_the_dotted_line_is_the_chosen_unit_in_the_chosen_sample(default, traces):
    for view, layer, at, _ in moved("gate_history", traces(default)):
        for name, panel in view.panels.items():
            np.testing.assert_array_equal(panel.unit.get_xdata(), EPOCHS)
            np.testing.assert_array_equal(panel.unit.get_ydata(), layer[name][:, at.sample, at.time, at.unit])
            assert panel.unit.get_linestyle() == ":"


def checked_shares(trace):
    """Check the share of values near an end of their range, and return the shares of all moments."""
    shares = []
    for view, layer, at, _ in moved("gate_history", trace):
        for name, panel in view.panels.items():
            ends = range_of(layer, name)
            assert (panel.share is None) == (ends is None), "a cell state has no range"
            if ends is not None:
                values = layer[name][:, :, at.time]
                near = (values < ends[0] + 0.05) | (values > ends[1] - 0.05)
                _, low, high = edges(panel.share)
                np.testing.assert_allclose(high, 100 * near.mean(axis=(1, 2)))
                assert not low.any() and panel.share.axes.get_ylim() == (0, 100)
                shares += high.tolist()
    return shares


def test_the_share_below_is_that_of_values_near_an_end(default, traces):
    checked_shares(traces(default))


def test_the_share_changes_as_a_net_learns(traces):
    assert len(set(checked_shares(traces("LSTM")))) > 2


def test_the_epoch_of_the_moment_is_marked_in_every_panel(default, traces):
    for view, _, at, _ in moved("gate_history", traces(default)):
        for panel in view.panels.values():
            assert len(panel.lines) == 1 + (panel.share is not None)
            assert all(list(line.get_xdata()) == [at.epoch] * 2 for line in panel.lines)


def test_a_panel_reaches_as_far_as_any_time_step(default, traces):
    trace = traces(default)
    for at_first in (True, False):
        view = view_of("gate_history", trace, rs.Cursor(time=0 if at_first else 3))
        for name, panel in view.panels.items():
            low, high = panel.axes.get_ylim()
            limit = float(np.abs(view.layer[name]).max())
            bottom, top = (0, 1) if runs_from_0_to_1(view.layer, name) else (-limit, limit)
            assert (low, high) == pytest.approx((bottom - 0.04 * (top - bottom), top + 0.04 * (top - bottom)))
            assert panel.axes.get_xlim() == (EPOCHS[0], EPOCHS[-1])
            assert panel.axes.get_title().split()[0] == name
            assert panel.axes.title.get_color() == style.lettering(style.quantity_colour(view.layer.cell, name))


def test_what_is_not_finite_is_left_out_and_marked():
    trace = trained(*pair(rs.LSTM))
    values = trace["lstm"]["f"]
    values[1, 2, 3, 0], values[1, 4, 3, 1] = np.nan, np.inf
    values[0, :, 3] = np.nan
    panel = view_of("gate_history", trace, rs.Cursor(unit=0, sample=2)).panels["f"]
    assert panel.broken.get_xdata().tolist() == [0, 2] and panel.broken.get_color() == style.NOT_FINITE
    flat = np.where(np.isfinite(values), values, np.nan)[:, :, 3].reshape(3, -1)
    for band, ends in zip(panel.bands, ENDS, strict=True):
        along, low, high = edges(band)
        assert along.tolist() == [2, 4], "the first epoch has no number at all"
        np.testing.assert_allclose([low, high], np.nanquantile(flat[1:], ends, axis=1), atol=1e-6)
    np.testing.assert_allclose(panel.median.get_ydata()[1:], np.nanmedian(flat[1:], axis=1), atol=1e-6)
    assert np.isnan(panel.median.get_ydata()[0])
    assert np.isnan(panel.unit.get_ydata()).tolist() == [True, True, False]
    known = flat[1][np.isfinite(flat[1])]
    _, _, share = edges(panel.share)
    assert share[1] == pytest.approx(100 * ((known < 0.05) | (known > 0.95)).mean())
    assert not len(view_of("gate_history", trace, rs.Cursor(time=2)).panels["f"].broken.get_xdata())


def test_a_single_epoch_has_some_width():
    trace = trained(*pair(rs.GRU), record=rs.Record(every=9))
    panel = view_of("gate_history", trace).panels["z"]
    along, low, high = edges(panel.bands[0])
    assert along.tolist() == [-0.5, 0.5] and panel.axes.get_xlim() == (-0.5, 0.5)
    values = trace["gru"]["z"][0, :, 3]
    np.testing.assert_allclose([low, high], [[values.min()] * 2, [values.max()] * 2])


def test_the_words_name_median_and_share(traces):
    trace = traces("LSTM")
    view, values = view_of("gate_history", trace, rs.Cursor(epoch=2, time=1)), trace["lstm"]["f"][:, :, 1]
    near = ((values < 0.05) | (values > 0.95))[1].mean()
    first, now = (written(float(np.median(values[k]))) for k in (0, 1))
    assert f"f (forget gate) median {first} at first, {now} now, {written(100 * near, 2)} % saturated" in view.alt


def test_the_share_is_written_and_nothing_reads_as_nothing(traces):
    trace, seen = traces("LSTM"), set()
    for view, layer, at, place in moved("gate_history", trace):
        for name, panel in view.panels.items():
            if panel.share is not None:
                share = float(panel.label.get_text().split(": ")[1].removesuffix(" %"))
                ends = range_of(layer, name)
                values = layer[name][place, :, at.time]
                near = ((values < ends[0] + 0.05) | (values > ends[1] - 0.05)).mean()
                assert share == pytest.approx(100 * near, rel=0.06) and "saturated" in panel.label.get_text()
                seen.add(share)
    assert 0 in seen and len(seen) > 2


def test_gates_are_shut_at_0_and_open_at_1(traces):
    view = view_of("gate_history", traces("LSTM"))
    for name, panel in view.panels.items():
        texts = [text.get_text() for text in panel.axes.get_yticklabels()]
        assert (texts == ["0 shut", "0.5", "1 open"]) == (name in "ifo")


@over(cell=rs.cells.names(), units=(4, 300))
def test_backward_the_bands_are_quantiles_of_the_gradients(traces, cell, units):
    trace = traces(cell, units)
    view = view_of("gate_history", trace, rs.Cursor(epoch=2, time=1, sample=3, unit=2, direction="backward"))
    for name, panel in view.panels.items():
        gradient = view.layer.grad[name][:, :, 1]
        flat = gradient.reshape(len(EPOCHS), -1)
        for band, ends in zip(panel.bands, ENDS, strict=True):
            np.testing.assert_allclose(edges(band)[1:], np.quantile(flat, ends, axis=1), rtol=1e-4, atol=1e-9)
        np.testing.assert_array_equal(panel.unit.get_ydata(), gradient[:, 3, 2])
        assert panel.share is None and panel.axes.get_yscale() == "symlog" and f"∂L/∂{name}" in view.alt
