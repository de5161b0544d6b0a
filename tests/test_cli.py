"""The command `rnnscope`: a tour, and pictures, pages and films of saved traces."""

import re
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
from pictures import trained

import rnnscope as rs
from rnnscope import cli
from rnnscope.languages import speaking
from rnnscope.numbers import percent
from rnnscope.tasks.spelling import task_of


def gradient_left(cell):
    """Return how much gradient the first step of the second act gets in sample 0, before training."""
    task, layer = rs.tasks.recall(20), getattr(rs.layers, cell)
    model = rs.Sequential([layer(16, input_shape=(21, 1)), rs.Dense(1)], seed=2)
    model.compile("adam", "mse")
    few = np.linspace(0, 511, 8).round().astype(int)
    gradient = model.trace(task.x[few], task.y[few])[model.layers[0].name].grad["c" if cell == "LSTM" else "h"][0, 0]
    norms = np.linalg.norm(gradient, axis=-1)
    return norms[0] / norms[-1]


@pytest.mark.parametrize("cells", [("SimpleRNN",), pytest.param(("SimpleRNN", "LSTM", "GRU"), marks=pytest.mark.slow)])
def test_the_tour_trains_nets_and_writes_what_happened(tmp_path, capsys, cells):
    out = tmp_path / "tour"
    chosen = ["--cells", *cells] if len(cells) == 1 else []  # three are the default
    assert cli.main(["tour", "--epochs", "3", "--units", "5", "--seed", "2", "--out", str(out), *chosen]) == 0
    shown = capsys.readouterr().out
    for words in (
        "simple_rnn_1 (SimpleRNN)",
        "H·(D + H + 1)",
        "unseen   6,  7,  8,  9",
        "unseen  -1,  0,  1,  2",
        "right: 10",
    ):
        assert words in shown
    for cell in map(str.lower, cells):
        trace = rs.load_trace(out / f"{cell}.npz")
        assert trace.epochs.tolist() == [0, 1, 2] and f"{trace.history['loss'][-1]:.4g}" in shown
        assert matplotlib.image.imread(out / f"{cell}-training.png").shape[2] == 4
        assert (out / f"{cell}.gif").read_bytes()[:6] == b"GIF89a"
    assert len(list(out.glob("*-gates-*.png"))) == 2 * len(cells)
    before = {
        cell: f"{cell} {'c' if cell == 'LSTM' else 'h'} {percent(float(share))}"
        for cell, share in zip(cells, map(gradient_left, cells), strict=True)
    }
    assert all(words in shown for words in before.values()) and "carried over 20 steps" in shown
    pictures = {f"recall-{name}.png" for name in ("gradient-before", "gradient-after", "memory")}
    assert pictures <= {path.name for path in out.iterdir()} and all(name in shown for name in pictures)
    page = out / "index.html"
    assert f"What happened inside: {', '.join(cells)}" in page.read_text(encoding="utf-8")
    assert shown.splitlines()[-1] == f"Open this file in a browser, to step through all of it: {page.as_uri()}"
    files = re.findall(r'<a href="([^"]*)">', page.read_text(encoding="utf-8"))
    assert set(files) == {"recall.html", *pictures}, "the second act is reached from the first one"
    assert '<a href="index.html">' in (out / "recall.html").read_text(encoding="utf-8")
    for cell in map(str.lower, cells):
        assert rs.load_trace(out / f"recall-{cell}.npz").x.shape[1] == 21


@pytest.mark.slow
def test_the_tour_speaks_the_language_that_is_asked_for(tmp_path, capsys):
    small = ["--epochs", "2", "--units", "2", "--cells", "GRU", "--out", str(tmp_path)]
    assert cli.main(["tour", "--lang", "ko", *small]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<html lang="ko">' in page and "Beside this page" not in page
    assert "기울기" in capsys.readouterr().out


def test_a_page_of_a_saved_trace_may_be_a_lesson(tmp_path, capsys):
    trained(rs.LSTM(3, input_shape=(4, 1))).save(tmp_path / "net.npz")
    files = [str(tmp_path / "net.npz"), str(tmp_path / "lesson.html")]
    assert cli.main(["export", *files, "--lesson", "lstm", "--lang", "ko", "--epochs", "2"]) == 0
    page = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    with speaking("ko"):
        title = rs.lessons.read("lstm").title.fill()
    assert '<html lang="ko">' in page and f"<title>{title}</title>" in page
    assert cli.main(["export", *files, "--lesson", "lstmm"]) == 2
    assert "lesson: expected one of" in capsys.readouterr().err


@pytest.fixture
def nothing_written(monkeypatch):
    """Leave out the page and the films, which take most of the time of a tour."""
    for name in ("export_html", "animate"):
        monkeypatch.setattr(f"rnnscope.export.{name}", lambda *_, **__: None)


def test_the_tour_opens_its_page(tmp_path, monkeypatch, nothing_written):
    opened = []
    monkeypatch.setattr(cli.tour.webbrowser, "open", opened.append)
    arguments = ["tour", "--epochs", "1", "--units", "2", "--cells", "SimpleRNN", "--out", str(tmp_path)]
    assert cli.main(arguments) == 0 and opened == []
    assert cli.main([*arguments, "--open"]) == 0 and opened == [(tmp_path / "index.html").as_uri()]


def test_large_traces_are_thinned_and_it_is_said(tmp_path, capsys, monkeypatch, nothing_written):
    monkeypatch.setattr(cli.acts, "MOST_BYTES", 500_000)
    assert cli.main(["tour", "--epochs", "30", "--units", "8", "--cells", "LSTM", "GRU", "--out", str(tmp_path)]) == 0
    assert "of 30 epochs" in capsys.readouterr().out
    traces = [rs.load_trace(tmp_path / name) for name in ("lstm.npz", "gru.npz")]
    assert sum(trace.nbytes for trace in traces) <= 500_000
    assert all(trace.epochs[0] == 0 and trace.epochs[-1] == 29 and len(trace.epochs) > 2 for trace in traces)


@pytest.mark.parametrize("task", ["parity:length=4", "text:to be or not to be", "sine:6"])
def test_the_tour_may_be_of_any_task(task, tmp_path, capsys, nothing_written):
    small = ["--epochs", "2", "--units", "3", "--cells", "GRU", "--out", str(tmp_path)]
    assert cli.main(["tour", "--task", task, *small]) == 0
    shown, meant = capsys.readouterr().out, task_of(task)
    assert meant.describe() in shown and "score on what it has never seen" in shown and "memory ===" not in shown
    trace = rs.load_trace(tmp_path / "gru.npz")
    assert trace.x.shape[1:] == meant.x.shape[1:] and len(trace.x) == min(8, len(meant.x))
    assert trace.layers == ("gru", "dense") and trace["gru"].units == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recal", "task: expected one of .*did you mean 'recall'"),
        ("recall:lags=3", "task recall: expected one of lag, .*did you mean 'lag'"),
        ("recall:1,2,3,4,5", "task: expected recall:lag,samples,unseen,seed, or some of these; got .*too many"),
        ("recall:x", "lag: expected an integer of at least 1; got 'x'"),
        ("text", "task: expected text:string,length.*missing"),
    ],
)
def test_a_task_that_cannot_be_made_is_said(text, words):
    with pytest.raises((TypeError, ValueError), match=words):
        task_of(text)


@pytest.mark.parametrize(
    ("text", "name", "shape"),
    [
        ("recall", "recall", (512, 21, 1)),
        ("recall:7,samples=9", "recall", (9, 8, 1)),
        ("composite:noise=0.5,length=3", "composite", (512, 3, 1)),
        ("parity:4,every_step=False", "parity", (12, 4, 1)),
    ],
)
def test_a_task_is_written_in_a_word(text, name, shape):
    task = task_of(text)
    assert (task.name, task.x.shape) == (name, shape) and (name != "parity" or task.y.shape == (12, 1))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cells", "LSTN"], "--cells: expected one of"),
        (["--units", "0"], "units: expected an integer of at least 1"),
        (["--epochs", "0"], "epochs: expected an integer of at least 1"),
        (["--task", "recal"], "task: expected one of"),
        (["--out", "/dev/null/tour"], "Not a directory"),
        (["--out", "/dev/null"], "--out: expected a folder; '/dev/null' is a file"),
    ],
)
def test_bad_input_is_one_sentence(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["tour", "--units", "2", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


@pytest.fixture
def saved(traces, tmp_path):
    """Return the name of a file with the trace of an LSTM."""
    traces("LSTM").save(tmp_path / "run.npz")
    return str(tmp_path / "run.npz")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_view_of_a_saved_trace_is_drawn_into_a_file(saved, traces, tmp_path, kind):
    out = tmp_path / f"cell.{kind}"
    moment = ["--view", "cell", "--layer", "lstm_1", "--time", "1", "--unit", "2", "--epoch", "2", "--phase", "f"]
    assert cli.main(["render", str(out), "--trace", saved, *moment]) == 0
    figure = rs.figures.cell(traces("LSTM"), rs.Cursor(layer="lstm_1", time=1, unit=2, epoch=2, phase="f"))
    figure.savefig(tmp_path / f"own.{kind}", dpi=150)
    assert out.read_bytes() == (tmp_path / f"own.{kind}").read_bytes()


def test_the_unit_may_be_the_largest(saved, traces, tmp_path):
    out = tmp_path / "cell.svg"
    assert cli.main(["render", str(out), "--trace", saved, "--view", "cell", "--unit", "largest", "--phase", "o"]) == 0
    rs.figures.cell(traces("LSTM"), rs.Cursor(unit="largest", phase="o")).savefig(tmp_path / "own.svg", dpi=150)
    assert out.read_bytes() == (tmp_path / "own.svg").read_bytes()


def test_every_view_is_drawn_and_the_same_each_time(saved, tmp_path):
    some = ["--view", "cell", "gates"]
    for folder, views in (("a", []), ("b", some)):
        assert cli.main(["render", str(tmp_path / folder), "--trace", saved, "--format", "svg,png", *views]) == 0
    names = {folder: sorted(path.name for path in (tmp_path / folder).iterdir()) for folder in "ab"}
    views = [view.replace("_", "-") for view in rs.figures.VIEWS]
    assert names["a"] == sorted(f"run-{view}.{kind}" for view in views for kind in ("svg", "png"))
    assert names["b"] == sorted(f"run-{view}.{kind}" for view in some[1:] for kind in ("svg", "png"))
    for name in names["b"]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_folder_may_have_a_dot_in_its_name(saved, tmp_path):
    assert cli.main(["render", str(tmp_path / "v1.0"), "--trace", saved, "--view", "cell"]) == 0
    assert [path.name for path in (tmp_path / "v1.0").iterdir()] == ["run-cell.svg"]


def test_cells_are_trained_as_samples(tmp_path, monkeypatch):
    monkeypatch.setattr(cli.render, "SAMPLE_EPOCHS", 1)
    assert cli.main(["render", str(tmp_path), "--cell", "GRU", "--view", "cell", "gates"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gru-300-cell.svg", "gru-300-gates.svg"]


def test_the_sheet_holds_every_view_of_a_trace(saved, tmp_path):
    out = tmp_path / "sheet.png"
    assert cli.main(["render", str(out), "--trace", saved, "--sheet"]) == 0
    wide, high = matplotlib.image.imread(out).shape[1::-1]
    assert 400 < wide < 500 and high > 1200


@pytest.mark.slow
def test_a_page_and_a_film_of_saved_traces(saved, traces, tmp_path):
    named = {name: trained(rs.SimpleRNN(units, input_shape=(4, 1))) for name, units in (("one", 3), ("other", 2))}
    both = [str(tmp_path / f"{name}.npz") for name in named]
    for path, trace in zip(both, named.values(), strict=True):
        trace.save(path)
    assert cli.main(["export", *both, str(tmp_path / "a.html"), "--units", "1", "--epochs", "2"]) == 0
    rs.export_html(named, tmp_path / "b.html", units=1, epochs=2)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    film = ["--view", "gates", "--over", "time", "--layer", "lstm_1", "--fps", "4"]
    assert cli.main(["animate", saved, str(tmp_path / "a.gif"), *film]) == 0
    moment = rs.Cursor(layer="lstm_1")
    rs.animate({"run": traces("LSTM")}, tmp_path / "b.gif", "gates", "time", cursor=moment, fps=4, verbose=False)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["render", "a.png", "--trace", "TRACE"], "OUT: expected a folder for several pictures"),
        (["render", "a.png", "--trace", "TRACE", "--view", "gate"], "did you mean 'gates'"),
        (["render", "a.png", "--trace", "TRACE", "--view", "cell", "--epoch", "7"], "the nearest is 4"),
        (["render", "a.png", "--trace", "TRACE", "--view", "cell", "--layer", "lstn"], "did you mean 'lstm'"),
        (["render", "a.png", "--trace", "missing.npz", "--view", "cell"], "missing.npz"),
        (["render", "a.svg", "--trace", "TRACE", "--view", "cell", "--format", "png"], "--format: expected a folder"),
        (["render", "out", "--trace", "TRACE", "--cell", "GRU"], "--cell: expected samples"),
        (
            ["render", "a.jpg", "--trace", "TRACE", "--view", "cell"],
            "OUT: expected a folder, or a file that ends in .svg",
        ),
        (["render", "out", "--trace", "missing.npz"], "missing.npz"),
        (["render", "out/sub", "--trace", "missing.npz", "--sheet"], "missing.npz"),
        (["render", "out", "--cell", "GRU", "--view", "cell", "--layer", "nope"], "layer: expected one of dense, gru"),
        (["render", "out", "--trace", "TRACE", "--format", "png", "--dpi", "0"], "--dpi: expected an integer"),
        (["render", "x.png", "--trace", "TRACE", "--sheet", "--view", "cell"], "--view: expected none"),
        (["render", "out", "--trace", "TRACE", "--format", "bmp"], "--format: expected one of pdf, png, svg"),
        (["render", "out", "--cell", "GRV"], "did you mean 'GRU'"),
        (["render", "x.svg", "--trace", "TRACE", "--sheet"], "expected a name that ends in .png"),
        (["render", "x.jpg", "--trace", "TRACE", "--sheet"], "expected a name that ends in .png"),
        (["export", "TRACE", "page.pdf"], "ends in .html"),
        (["export", "TRACE", "TRACE", "page.html"], "names of their own"),
        (["export", "missing.npz", "page.html"], "missing.npz"),
        (["animate", "TRACE", "a.avi"], "ends in .gif, .mp4, .webm"),
        (["render", "a.svg", "--view", "cell", "--trace", "missing.npz", "--unit", "big"], "got 'big'"),
        (["animate", "TRACE", "a.gif", "--over", "times"], "did you mean 'time'"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(saved, arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.render, "SAMPLE_EPOCHS", 1)
    before = sorted(tmp_path.iterdir())
    assert cli.main([saved if word == "TRACE" else word for word in arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error
    assert [path for path in tmp_path.iterdir() if path not in before] == []


def test_the_module_is_the_command():
    shown = subprocess.run([sys.executable, "-m", "rnnscope", "--help"], capture_output=True, text=True, check=True)
    assert "tour" in shown.stdout
