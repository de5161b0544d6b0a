"""Animations: which moments, which frames, and what becomes of the file."""

import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pytest
from pictures import moments_of, number
from PIL import Image, ImageSequence
from rows import mostly_slow

import rnnscope as rs
from rnnscope.export.animate import FILM_EPOCHS, moments_over, slowly_then_fast
from rnnscope.export.footer import Footer, footer_height
from rnnscope.export.gif import write_gif
from rnnscope.figures.compare import stacked
from rnnscope.figures.scale import RAMPS
from rnnscope.trace import Walk


def frames_of(path):
    """Return the frames of a GIF as they are seen, and how long each stays, in milliseconds."""
    with Image.open(path) as film:
        frames = [(np.asarray(frame.convert("RGB")).astype(int), frame.info["duration"]) for frame in _all(film)]
        assert film.info["loop"] == 0
        return [pixels for pixels, _ in frames], [duration for _, duration in frames], film.info["comment"].decode()


def _all(film):
    return ImageSequence.Iterator(film)


def film_picture(nets, moment, views):
    """Return the picture of a film at a moment, and how many rows of it are above its footer."""
    below = footer_height(Walk(list(nets.values())), list(nets))
    figure = stacked(moments_of(nets, moment), views, below=below)
    return figure, len(figure.frame()) - int(np.ceil(below * figure.dpi))


@mostly_slow(over=("time", "phase", "epoch"), quick=("epoch",))
def test_the_frames_are_the_pictures(traces, tmp_path, over):
    trace, cursor = traces("LSTM"), rs.Cursor(layer="lstm_1", unit=2)
    rs.animate(trace, tmp_path / "a.gif", "cell", over, cursor=cursor, flow=False, verbose=False)
    frames, durations, comment = frames_of(tmp_path / "a.gif")
    moments = moments_over(Walk([trace]), over, cursor)
    assert len(frames) == len(moments) == {"time": 4, "phase": 24, "epoch": 3}[over]
    figure, rows = film_picture({"": trace}, moments[0], ["cell", "training"] if over == "epoch" else ["cell"])
    for moment, shown in zip(moments, frames, strict=True):
        figure.update(moment)
        difference = np.abs(figure.frame()[:rows, :, :3].astype(int) - shown[:rows])
        assert difference.max() <= 20, "the nearest of 255 colours"
        assert difference.mean() < 0.5
    stays = {"time": [1000] * 3, "phase": [1000] * 23, "epoch": [750, 375]}[over]  # the first epochs stay longer
    np.testing.assert_allclose(np.cumsum(durations[:-1]), np.cumsum(stays), atol=5)
    assert durations[-1] == 2000
    assert f"rnnscope {rs.__version__}" in comment and "over" in comment


@mostly_slow(view=("cell", "gates", "network", "weights"), quick=("network",))
def test_views_of_several_traces_is_animated(traces, tmp_path, view):
    nets = {name: traces(name) for name in ("SimpleRNN", "GRU")}
    rs.animate(nets, tmp_path / "a.gif", view, "epoch", verbose=False)
    frames, _, comment = frames_of(tmp_path / "a.gif")
    moments = moments_over(Walk(list(nets.values())), "epoch")
    figure, rows = film_picture(nets, moments[0], dict.fromkeys([view, "training"]))
    for k, moment in enumerate(moments):
        figure.update(moment)
        shown = figure.frame()[:rows, :, :3].astype(int)
        apart = [np.abs(shown - frame[:rows]).mean() for frame in frames]
        assert apart[k] == min(apart) < 0.5, "no other frame is nearer"
    assert "SimpleRNN, GRU" in comment


def test_information_flows_before_each_moment(traces, tmp_path):
    trace, cursor = traces("GRU"), rs.Cursor(layer="gru", unit=2)
    rs.animate(trace, tmp_path / "still.gif", cursor=cursor, flow=False, verbose=False)
    rs.animate(trace, tmp_path / "flow.gif", cursor=cursor, verbose=False)
    still, _, _ = frames_of(tmp_path / "still.gif")
    frames, durations, _ = frames_of(tmp_path / "flow.gif")
    assert len(frames) == 7 * len(still), "six frames on the way, then the still one"
    for k, shown in enumerate(still):
        assert np.abs(frames[7 * k + 6] - shown).mean() < 0.5, "the moment itself is as without"
        between = frames[7 * k : 7 * k + 7]
        assert all(np.abs(a - b).max() > 50 for a, b in pairwise(between))
    assert durations[:7] == [100] * 6 + [400], "a moment takes as long as without"
    rs.animate(trace, tmp_path / "quick.gif", cursor=cursor, fps=10, verbose=False)
    assert len(frames_of(tmp_path / "quick.gif")[0]) == len(still), "there is no time for more"


def test_over_the_training_gates_are_shown_with_the_loss(traces, tmp_path):
    for options in ({"over": "training"}, {"over": "epoch", "view": "gates"}):
        rs.animate(traces("GRU"), tmp_path / f"{options['over']}.gif", verbose=False, **options)
    assert (tmp_path / "training.gif").read_bytes() == (tmp_path / "epoch.gif").read_bytes()


@pytest.fixture
def footer(traces):
    def make(nets, over="phase"):
        walk = Walk(list(nets.values()))
        cursors = moments_over(walk, over, rs.Cursor(sample=2))
        moments = [dict(zip(nets, walk.at(cursor).moments, strict=True)) for cursor in cursors]
        figure = stacked(moments[0], ["gates"], below=footer_height(walk, list(nets)))
        return Footer(figure, walk, list(nets), over), moments

    return make


def test_the_footer_says_where_it_is_what_was_read_and_what_the_net_answers(traces, footer):
    trace = traces("LSTM")
    shown, moments = footer({"": trace})
    for k, moment in enumerate(moments):
        shown.show(moment, is_end=k == len(moments) - 1)
        colours = shown.squares.get_facecolor()
        layer, time = trace.layers.index(moment[""].layer.name), moment[""].time
        lit = [n for n, colour in enumerate(colours) if not colour[:3].any()]
        assert lit == [4 * layer + time], "of the places, the first layer's first"
        read, answer = (text.get_text() for text in shown.lines)
        inputs = ", ".join(f"{value:g}" for value in trace.x[2, : time + 1, 0])
        assert read == (f"The input: {inputs}." if time == 3 else f"Read so far: {inputs}.")
        assert bool(answer) == (k == len(moments) - 1)
    answered = float(answer.removeprefix("The answer is ").split(";")[0].replace("−", "-"))
    assert answered == pytest.approx(float(trace.predictions[-1, 2, 0]), rel=0.01)
    assert f"right is {trace.y[2, 0]:g}" in answer


def test_the_footer_of_several_nets_names_their_answers(traces, footer):
    shown, moments = footer({name: traces(name) for name in ("SimpleRNN", "GRU")}, "epoch")
    for moment in moments:
        shown.show(moment, is_end=False)
        assert [text.get_text().split(":")[0] for text in shown.lines] == ["The input", "SimpleRNN", "GRU"]


def test_the_footer_of_many_steps_has_room(footer):
    x = np.random.default_rng(0).normal(size=(3, 60, 1))
    trace = rs.Sequential([rs.GRU(2, input_shape=(60, 1)), rs.Dense(1)]).trace(x)
    shown, moments = footer({"": trace}, "time")
    shown.show(moments[7], is_end=False)
    value = number(shown.lines[0].get_text().removeprefix("Step 7 of 59: the input is ").removesuffix("."))
    assert value == pytest.approx(x[moments[7][""].sample, 7, 0], rel=0.06) and shown.room > 20


def test_the_colours_of_scales_have_no_bands(tmp_path):
    """Of each colour map that is shown, the nearest colours of the palette are so near that no steps are seen."""
    bars = np.stack([ramp(np.linspace(0, 1, 256), bytes=True) for ramp in RAMPS[:2]])
    noise = np.random.default_rng(0).integers(0, 256, (200, 256, 4), dtype=np.uint8)
    with (tmp_path / "a.gif").open("wb") as file:
        write_gif([(np.concatenate([bars, noise]), 1), (np.concatenate([bars, noise[::-1]]), 1)], file, 1, 1, "bars")
    frames, _, _ = frames_of(tmp_path / "a.gif")
    assert np.abs(frames[0][:2] - bars[..., :3].astype(int)).max() <= 8
    assert np.abs(frames[1][:2] - bars[..., :3].astype(int)).max() <= 8


@pytest.mark.parametrize("fps", [50, 49.9, 42, 33])
def test_no_frame_of_a_gif_is_too_short_for_browsers(tmp_path, fps):
    """They show for 100 ms what should stay for less than 20."""
    trace = rs.Sequential([rs.GRU(2, input_shape=(20, 1)), rs.Dense(1)]).trace(np.zeros((1, 20, 1)))
    rs.animate(trace, tmp_path / "a.gif", "gates", "time", fps=fps, verbose=False)
    _, durations, _ = frames_of(tmp_path / "a.gif")
    assert len(durations) == 20 and min(durations) >= 20
    np.testing.assert_allclose(np.cumsum(durations[:-1]), 1000 * np.arange(1, 20) / fps, atol=5.01)


def test_a_view_that_cannot_be_drawn_is_not_left_out(tmp_path):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.layers.GRU(2, input_shape=(4, 1)), rs.layers.Dense(1)])
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(gradients=False))
    with pytest.raises(ValueError, match="gradient"):
        rs.animate(trace, tmp_path / "a.gif", "gradient_flow", "epoch", verbose=False)
    assert not list(tmp_path.iterdir())


def test_backward_goes_the_way_of_the_gradient(traces):
    walk = Walk([traces("LSTM")])
    moments = moments_over(walk, "phase", rs.Cursor(direction="backward"))
    assert [m.time for m in moments[::6]] == [3, 2, 1, 0]
    assert [m.phase for m in moments[:6]] == ["h", "c", "o", "g", "i", "f"]


def test_epochs_go_slowly_then_fast():
    for count in (1, 2, 59, 60, 61, 100, 5000):
        places = slowly_then_fast(count)
        assert len(places) == min(count, FILM_EPOCHS) or (count > FILM_EPOCHS and len(places) >= FILM_EPOCHS - 2)
        assert (places[0], places[-1]) == (0, count - 1)
        steps = np.diff(places)
        assert np.all(steps >= 1)
        assert count < 100 or (steps[0] == 1 and steps[-1] == steps.max() > 1)


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_films_need_ffmpeg_and_say_so(traces, tmp_path, kind, monkeypatch):
    path = tmp_path / f"a.{kind}"
    if shutil.which("ffmpeg"):
        rs.animate(traces("GRU"), path, "gates", "time", verbose=False)
        ask = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]
        found = subprocess.run([*ask, str(path)], capture_output=True, text=True, check=True)
        assert int(found.stdout.strip().strip(",")) == 4 + 1, "four moments, and the last for two seconds"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match=f"path: .{kind} needs ffmpeg, which was not found"):
        rs.animate(traces("GRU"), path, "gates", "time", verbose=False)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"path": "a.avi"}, ValueError, "path: expected a name that ends in .gif, .mp4, .webm; got 'a.avi'"),
        ({"path": 3}, TypeError, "path: expected the name of a file"),
        ({"path": "none/a.gif"}, OSError, "there is no folder"),
        ({"view": "gate"}, ValueError, "did you mean 'gates'"),
        ({"over": "times"}, ValueError, "did you mean 'time'"),
        ({"fps": 0}, ValueError, "fps: expected a number of at least 0.05 and at most 50"),
        ({"fps": 50.4}, ValueError, "fps: expected a number of at least 0.05 and at most 50"),
        ({"cursor": rs.Cursor(epoch=77)}, ValueError, "the nearest is 4"),
        ({"traces": "run.npz"}, TypeError, "got 'run.npz'"),
        ({"traces": {}}, ValueError, "expected 1 to 5 traces; got 0"),
    ],
)
def test_bad_input(traces, tmp_path, monkeypatch, options, error, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=words):
        rs.animate(**{"traces": traces("GRU"), "path": "a.gif", "view": "gates", "verbose": False, **options})
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_file_that_was_there(traces, tmp_path, monkeypatch):
    path = tmp_path / "a.gif"
    path.write_bytes(b"before")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", full)
        with pytest.raises(OSError, match="No space left"):
            rs.animate(traces("GRU"), path, "gates", verbose=False)
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]
    rs.animate(traces("GRU"), path, "gates", verbose=False)
    assert path.read_bytes()[:6] == b"GIF89a" and list(tmp_path.iterdir()) == [path]


def test_the_bar_is_shown_if_wanted(traces, tmp_path, capsys):
    rs.animate(traces("GRU"), tmp_path / "a.gif", "gates", verbose=False)
    assert capsys.readouterr().err == ""
    rs.animate(traces("GRU"), tmp_path / "a.gif", "gates")
    assert "4/4" in capsys.readouterr().err
