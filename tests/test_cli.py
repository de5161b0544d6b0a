"""The command: `rnnscope tour` and `rnnscope render`."""

import subprocess
import sys

import matplotlib.image
import pytest

import rnnscope as rs
from rnnscope import cli


def test_the_tour_trains_the_three_nets_and_writes_what_happened(tmp_path, capsys):
    out = tmp_path / "tour"
    assert cli.main(["tour", "--epochs", "3", "--units", "5", "--seed", "2", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    for words in ("lstm_1 (LSTM)", "4·H·(D + H + 1)", "unseen   6,  7,  8,  9", "unseen  -1,  0,  1,  2", "right: 10"):
        assert words in shown
    for cell in ("simplernn", "lstm", "gru"):
        trace = rs.load_trace(out / f"{cell}.npz")
        assert trace.epochs.tolist() == [0, 1, 2] and f"{trace.history['loss'][-1]:.4g}" in shown
        assert matplotlib.image.imread(out / f"{cell}-training.png").shape[2] == 4
    assert len(list(out.glob("*-gates-*.png"))) == 6


def test_large_traces_are_thinned_and_it_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cli, "MOST_BYTES", 500_000)
    assert cli.main(["tour", "--epochs", "30", "--units", "8", "--cells", "LSTM", "GRU", "--out", str(tmp_path)]) == 0
    assert "of 30 epochs" in capsys.readouterr().out
    traces = [rs.load_trace(tmp_path / name) for name in ("lstm.npz", "gru.npz")]
    assert sum(trace.nbytes for trace in traces) <= 500_000
    assert all(trace.epochs[0] == 0 and trace.epochs[-1] == 29 and len(trace.epochs) > 2 for trace in traces)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cells", "LSTN"], "--cells: expected one of"),
        (["--units", "0"], "units: expected an integer of at least 1"),
        (["--epochs", "0"], "epochs: expected an integer of at least 1"),
        (["--out", "/dev/null/tour"], "Not a directory"),
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
    assert cli.main(["render", saved, *moment, "--out", str(out)]) == 0
    figure = rs.figures.cell(traces("LSTM"), rs.Cursor(layer="lstm_1", time=1, unit=2, epoch=2, phase="f"))
    figure.savefig(tmp_path / f"own.{kind}", dpi=150)
    assert out.read_bytes() == (tmp_path / f"own.{kind}").read_bytes()


def test_the_sheet_holds_every_view_of_a_trace(saved, tmp_path):
    out = tmp_path / "sheet.png"
    assert cli.main(["render", saved, "--sheet", "--out", str(out)]) == 0
    wide, high = matplotlib.image.imread(out).shape[1::-1]
    assert 400 < wide < 500 and high > 1200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "TRACE: expected the name of a file, or --sheet; got neither"),
        (["TRACE", "--view", "gate"], "did you mean 'gates'"),
        (["TRACE", "--epoch", "7"], "the nearest is 4"),
        (["TRACE", "--layer", "lstn"], "did you mean 'lstm'"),
        (["missing.npz"], "missing.npz"),
        (["TRACE", "--out", "x.doc"], "doc"),
        (["--sheet", "--out", "x.svg"], "expected a name that ends in .png"),
    ],
)
def test_what_cannot_be_rendered_is_one_sentence(saved, arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["render", *[saved if word == "TRACE" else word for word in arguments]]) == 2
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


def test_the_module_is_the_command():
    shown = subprocess.run([sys.executable, "-m", "rnnscope", "--help"], capture_output=True, text=True, check=True)
    assert "tour" in shown.stdout
