"""Races: same conditions, same numbers however many are trained at once, and nothing lost that was finished."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest

import rnnscope as rs
from rnnscope import cli
from rnnscope.cells import Cell, linear, previous, registry, state, tanh, x
from rnnscope.figures.race import sentence
from rnnscope.races.conditions import Conditions

DOCS = Path(__file__).parents[1] / "docs"
TASK = rs.tasks.recall(3, samples=96, unseen=32)
CELLS = ("SimpleRNN", "GRU")
SMALL = {"units": 5, "epochs": 12, "seeds": 2, "verbose": 0}


def raced(cells=CELLS, task=TASK, **options):
    return rs.race(task, cells, **{**SMALL, "jobs": 1, **options})


@pytest.fixture(scope="module")
def small():
    return raced()


@pytest.fixture
def cells_of_one_test(monkeypatch):
    rs.cells.names()  # those that ship with the library stay
    monkeypatch.setattr(registry, "_builders", dict(registry._builders))


def blend(name="Blend"):
    h = previous("h")
    return Cell(name, state("h", (h + tanh(linear(x, h))) / 2, "half old, half new"))


def same(one, other):
    """Say whether two races came to the same bytes."""
    pairs = list(zip(one.runs, other.runs, strict=True))
    for a, b in pairs:
        assert (a.cell, a.seed, a.epochs, a.checked, a.is_solved) == (b.cell, b.seed, b.epochs, b.checked, b.is_solved)
        assert np.array(a.scores).tobytes() == np.array(b.scores).tobytes()
        for own, other_weights in zip(a.weights, b.weights, strict=True):
            assert own.dtype == other_weights.dtype and own.tobytes() == other_weights.tobytes()
        for name in a.trace.layers:
            assert a.trace[name].arrays.keys() == b.trace[name].arrays.keys()
            for key, array in a.trace[name].arrays.items():
                assert array.tobytes() == b.trace[name].arrays[key].tobytes()
    return len(pairs) > 0


# ------------------------------------------------------------------------------------------------ what a run comes to


def test_a_run_is_what_fit_gives():
    """A loop written by hand, one `fit` for all epochs, gives the same bytes."""
    race = raced(("LSTM", "GRU"), epochs=10, check_every=10, seeds=2)
    assert [(run.cell, run.seed) for run in race.runs] == [("LSTM", 0), ("GRU", 0), ("LSTM", 1), ("GRU", 1)]
    for run in race.runs:
        layers = [getattr(rs.layers, run.cell)(5, input_shape=(4, 1)), rs.Dense(1)]
        model = rs.Sequential(layers, seed=run.seed)
        model.compile(rs.optimizers.Adam(0.01), "mse")
        model.fit(TASK.x, TASK.y, epochs=10, batch_size=32, verbose=0, record=False)
        said = model.predict(TASK.unseen, verbose=0)
        assert run.score == np.sqrt(np.mean((said.astype(float) - TASK.unseen_y) ** 2))
        for own, other in zip(run.weights, model.get_weights(), strict=True):
            assert own.tobytes() == other.tobytes()
        assert race.model(run.cell, run.seed).predict(TASK.unseen, verbose=0).tobytes() == said.tobytes()


def test_training_ends_when_the_task_is_solved():
    race = raced(("SimpleRNN",), epochs=60, seeds=3, check_every=4)
    assert any(run.is_solved and run.epochs < 60 for run in race.runs)
    for run in race.runs:
        assert run.checked == tuple(range(4, run.epochs + 1, 4)) and run.epochs == run.checked[-1]
        assert all(score >= 0.1 for score in run.scores[:-1])
        assert run.is_solved == (run.score < 0.1) and (run.is_solved or run.epochs == 60)
    whole = raced(("SimpleRNN",), epochs=race.runs[0].epochs, seeds=1, check_every=60)
    assert whole.runs[0].score == race.runs[0].score and whole.runs[0].checked == (race.runs[0].epochs,)


def test_traces_are_thin_and_have_the_first_and_the_last_epoch(small):
    long = raced(("GRU",), epochs=50, check_every=2, seeds=1, task=replace(TASK, solved=0.0))
    for run in (*small.runs, *long.runs):
        assert run.trace.epochs[0] == 0 and run.trace.epochs[-1] == run.epochs - 1 and len(run.trace.epochs) <= 6
        assert len(run.trace.x) == 4 and len(run.trace.history["loss"]) == run.epochs
        model = rs.Sequential.from_trace(run.trace)
        few = [0, 32, 63, 95]
        np.testing.assert_array_equal(run.trace.x, TASK.x[few])
        np.testing.assert_allclose(model.predict(TASK.x[few], verbose=0), run.trace.predictions[-1], rtol=1e-5)
    assert list(small.traces) == list(CELLS) and small.traces["GRU"] is small.runs[1].trace
    rs.figures.compare(small.traces, view="gradient_flow")


def test_the_table_counts_what_the_runs_came_to():
    race = raced(epochs=25, seeds=3)
    assert any(run.is_solved for run in race.runs)
    for row in race.table.rows:
        own = [run for run in race.runs if run.cell == row.cell]
        scores, epochs = [run.score for run in own], sorted(run.epochs for run in own if run.is_solved)
        mean = sum(scores) / 3
        assert (row.runs, row.failed, row.solved) == (3, 0, len(epochs)) and row.share == len(epochs) / 3
        assert row.score == pytest.approx(mean)
        assert row.spread == pytest.approx((sum((score - mean) ** 2 for score in scores) / 2) ** 0.5)
        if epochs:
            assert min(epochs) <= row.epochs <= max(epochs)
        assert row.parameters == race.model(row.cell, 1).count_params()
        assert f"{row.solved} of 3" in str(race.table)
    assert race.table["GRU"] is race.table.rows[1] and "counts as solved" in str(race)
    with pytest.raises(ValueError, match="did you mean 'GRU'"):
        race.table["GRUU"]


def test_pandas_has_the_table(small):
    pytest.importorskip("pandas")
    frame = small.table.to_pandas()
    assert frame.cell.tolist() == list(CELLS) and frame.score.tolist() == [row.score for row in small.table.rows]


def test_a_race_is_drawn_and_says_what_it_shows():
    race = raced(epochs=25, seeds=3)
    figure = race.figure()
    scores, epochs = figure.axes
    drawn = sorted(float(place) for marks in scores.collections for place in marks.get_offsets()[:, 0])
    np.testing.assert_allclose(drawn, sorted(run.score for run in race.runs))
    (marks,) = epochs.collections
    assert sorted(marks.get_offsets()[:, 0]) == sorted(run.epochs for run in race.runs if run.is_solved)
    assert [text.get_text() for text in scores.get_yticklabels()] == list(CELLS)
    words = {True: "with every seed: ", False: "with no seed: "}
    for row in race.table.rows:
        wanted = words.get(row.share == 1, "") if row.share in (0, 1) else f"{row.cell} ({row.solved} of 3)"
        assert wanted in sentence(race)
    assert figure.alt == f"{sentence(race)}\n{race}"
    with pytest.raises(ValueError, match="figsize: width"):
        race.figure((1, 1))


@pytest.mark.parametrize("name", [name for name in rs.tasks.NAMES if name not in ("text", "windows")])
def test_every_task_can_be_raced(name):
    race = rs.race(getattr(rs.tasks, name)(), ("MinGRU",), units=2, epochs=1, seeds=1, jobs=1, verbose=0)
    assert race.failures == () and race.runs[0].epochs == 1


# ---------------------------------------------------------------------------------------------------------- the workers


def test_threads_come_to_the_same_bytes(small):
    with joblib.parallel_config(backend="threading", n_jobs=3):
        assert same(small, raced(jobs=None))


@pytest.mark.slow
def test_processes_come_to_the_same_bytes(cells_of_one_test):
    """A cell of the user's own, and one without a module, are known to the processes too."""
    rs.register(blend())
    rs.register(lambda: blend("Lambda"))
    cells = (*CELLS, "Blend", "Lambda")
    alone = raced(cells)
    for jobs in (2, 3, None):
        assert same(alone, raced(cells, jobs=jobs))


def fragile(name, kills):
    """Return a function that builds a cell, but kills any other process that tries it for the last time that it may."""
    home = os.getpid()

    def build():
        if os.getpid() != home and kills():
            os._exit(7)
        return blend(name)

    return build


def once(flag):
    """Return a function that says yes the first time, in whichever process."""

    def is_first():
        found = not flag.exists()
        flag.touch()
        return found

    return is_first


@pytest.mark.slow
def test_a_dead_worker_is_said_and_the_other_runs_are_kept(cells_of_one_test, tmp_path):
    rs.register(fragile("Fragile", lambda: True))
    with pytest.warns(rs.races.RunsMissing, match="2 of 6 runs failed: Fragile, seed 0: its worker died: Terminated"):
        race = raced((*CELLS, "Fragile"), jobs=2, folder=tmp_path)
    assert [(run.cell, run.seed) for run in race.failures] == [("Fragile", 0), ("Fragile", 1)]
    assert (race.table["Fragile"].failed, race.table["Fragile"].runs) == (2, 0)
    assert "Fragile, seed 1: its worker died" in str(race) and "0 of 0, 2 failed" in str(race)
    assert race.traces.keys() == set(CELLS)
    assert "Fragile" not in sentence(race) and race.figure()
    others = replace(race, runs=tuple(run for run in race.runs if run.cell != "Fragile"))
    assert same(others, raced())
    assert not list(tmp_path.glob("Fragile*"))


@pytest.mark.slow
def test_a_run_whose_worker_died_once_is_tried_again(cells_of_one_test, tmp_path):
    rs.register(fragile("Fragile", once(tmp_path / "died")))
    race = raced((*CELLS, "Fragile"), jobs=2)
    assert (tmp_path / "died").exists() and race.failures == ()
    assert same(race, raced((*CELLS, "Fragile")))


def test_an_error_in_a_run_is_said(monkeypatch):
    make = Conditions.model

    def failing(self, cell, seed):
        if (cell, seed) == ("GRU", 1):
            raise RuntimeError("no such luck")
        return make(self, cell, seed)

    monkeypatch.setattr(Conditions, "model", failing)
    with pytest.warns(rs.races.RunsMissing, match="1 of 4 runs failed: GRU, seed 1: RuntimeError: no such luck"):
        race = raced()
    assert race.table["GRU"].runs == race.table["GRU"].failed == 1 and len(race.failures) == 1
    with pytest.raises(ValueError, match="seed: expected that of a run of GRU, 0; got 1"):
        race.model("GRU", 1)


def test_a_nan_is_said_where_it_began():
    task = replace(TASK, settings=replace(TASK.settings, optimizer="sgd", learning_rate=1e30))
    with pytest.warns(rs.races.RunsMissing, match="seed 0: the first NaN or infinity: epoch 0"):
        race = raced(("GRU",), task=task)
    assert [run.is_solved for run in race.runs] == [False, False] and race.table["GRU"].failed == 2
    assert "No run came to an end." in race.figure().get_suptitle()


@contextmanager
def cluster(**options):
    distributed = pytest.importorskip("distributed")
    here = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "worker_dashboard_address": None}
    with (
        distributed.LocalCluster(**here, **options) as workers,
        distributed.Client(workers) as client,
        joblib.parallel_config(backend="dask"),
    ):
        yield client


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_of_dask_comes_to_the_same_bytes(cells_of_one_test):
    rs.register(blend())
    with cluster() as client:
        assert len(client.scheduler_info()["workers"]) == 2
        race = raced((*CELLS, "Blend"), jobs=None)
        seen = client.run(lambda: "rnnscope.races.training" in sys.modules)
    assert any(seen.values()), "it did not run on the cluster"
    assert same(race, raced((*CELLS, "Blend")))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_run_whose_worker_of_a_cluster_died_is_tried_again(cells_of_one_test, tmp_path):
    rs.register(fragile("Fragile", once(tmp_path / "died")))
    with cluster():
        race = raced((*CELLS, "Fragile"), jobs=None, seeds=1)
    assert (tmp_path / "died").exists() and race.failures == ()
    assert same(race, raced((*CELLS, "Fragile"), seeds=1))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_run_that_kills_each_worker_of_a_cluster_is_named_and_the_others_are_kept(cells_of_one_test):
    rs.register(fragile("Fragile", lambda: True))
    with cluster(), pytest.warns(rs.races.RunsMissing, match="Fragile, seed 0: 2 workers died of it"):
        race = raced((*CELLS, "Fragile"), jobs=None, seeds=1)
    assert {run.cell: run.failure is None for run in race.runs} == {**dict.fromkeys(CELLS, True), "Fragile": False}


# ----------------------------------------------------------------------------------------------------------- the folder


def test_an_interrupted_race_goes_on_from_its_folder(monkeypatch, tmp_path, small):
    from rnnscope.races import workers

    module, whole, made = sys.modules["rnnscope.races.race"], workers.runs_of, []

    def interrupted(conditions, planned, jobs):
        for number, run in enumerate(whole(conditions, planned, jobs)):
            if number == 3:
                raise KeyboardInterrupt
            made.append((run.cell, run.seed))
            yield run

    monkeypatch.setattr(module, "runs_of", interrupted)
    with pytest.warns(rs.races.RunsMissing, match="interrupted; 3 of 4 runs are finished"):
        race = raced(folder=tmp_path / "race")
    assert len(race.runs) == len(made) == 3 and "goes on from its folder" in race.stopped
    assert len(list((tmp_path / "race").glob("*-?.npz"))) == 3
    again = raced(folder=tmp_path / "race")
    assert made[3:] == [("GRU", 1)] and again.stopped is None
    assert same(again, small)
    assert same(raced(folder=tmp_path / "race"), small) and len(made) == 4
    more = raced((*CELLS, "MinGRU"), folder=tmp_path / "race", seeds=1)
    assert made[4:] == [("MinGRU", 0)] and len(more.runs) == 3


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_keeps_what_is_finished(tmp_path, jobs):
    """The keyboard's signal reaches all processes."""
    folder = tmp_path / "race"
    call = (
        f"race = rs.race(rs.tasks.recall(30), ('LSTM', 'GRU'), seeds=9, jobs={jobs}, folder={str(folder)!r}, verbose=0)"
    )
    code = f"import rnnscope as rs\nif __name__ == '__main__':\n    {call}\n    print(len(race.runs), race.stopped)"
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while process.poll() is None and not list(folder.glob("*-?.npz")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    shown, said = process.communicate(timeout=60)
    count, _, words = shown.partition(" ")
    assert process.returncode == 0 and int(count) == len(list(folder.glob("*-?.npz"))) < 18
    assert words.startswith(f"interrupted; {count} of 18 runs are finished") and "Traceback" not in said


def test_a_folder_of_another_race_is_refused(tmp_path):
    raced(folder=tmp_path / "race", seeds=1)
    for options, words in (
        ({"units": 6}, "units 5, now 6"),
        ({"epochs": 9}, "epochs 12, now 9"),
        ({"check_every": 3}, "check_every 5, now 3"),
        ({"task": rs.tasks.recall(3, samples=96, unseen=32, seed=1)}, "holds one with other data"),
        ({"task": replace(TASK, solved=0.3)}, "solved_score 0.1, now 0.3"),
    ):
        with pytest.raises(ValueError, match=words):
            raced(folder=tmp_path / "race", **options)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds something else"):
        raced(folder=tmp_path / "other")
    with pytest.raises(ValueError, match="is a file"):
        raced(folder=tmp_path / "other" / "notes.txt")
    with pytest.raises(TypeError, match="folder: expected the name of a folder"):
        raced(folder=3)
    (tmp_path / "race" / "race.json").write_text("{")
    with pytest.raises(ValueError, match=r"race\.json' cannot be read"):
        raced(folder=tmp_path / "race")


def test_a_damaged_run_is_refused(tmp_path, cells_of_one_test):
    rs.register(blend())
    folder = tmp_path / "race"
    raced(("Blend", "GRU"), folder=folder, seeds=1)
    whole = (folder / "GRU-0.npz").read_bytes()
    pickled = np.array([print], dtype=object)
    np.savez(folder / "pickled.npz", facts=pickled)
    for damaged in (b"", whole[: len(whole) // 2], (folder / "pickled.npz").read_bytes(), b"\0" * 100):
        (folder / "GRU-0.npz").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"GRU-0.npz'; it cannot be read: .*Delete GRU-0.npz"):
            raced(("Blend", "GRU"), folder=folder, seeds=1)
    (folder / "GRU-0.npz").write_bytes((folder / "Blend-0.npz").read_bytes())
    with pytest.raises(ValueError, match="it holds another net than one of GRU"):
        raced(("Blend", "GRU"), folder=folder, seeds=1)
    h = previous("h")
    rs.register(Cell("Blend", state("h", (h + tanh(linear(x, h))) / 3, "a third")))
    with pytest.raises(ValueError, match="another one is registered"):
        raced(("Blend",), folder=folder, seeds=1)


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"cells": ("LSTN",)}, r"cells: expected one of .*got 'LSTN' \(did you mean 'LSTM'\?\)"),
        ({"cells": "LSTM"}, r"cells: expected names of cells, such as \('SimpleRNN', 'LSTM', 'GRU'\); got 'LSTM'"),
        ({"cells": ()}, "cells: expected names of cells"),
        ({"cells": ("GRU", "GRU")}, "cells: expected each name once"),
        ({"cells": (3,)}, "cells: expected one of"),
        ({"seeds": 0}, "seeds: expected an integer of at least 1; got 0"),
        ({"seeds": (1, 2)}, "seeds: expected an integer"),
        ({"jobs": 0}, "jobs: expected an integer of at least 1; got 0"),
        ({"jobs": "two"}, "jobs: expected an integer"),
        ({"units": 0}, "units: expected an integer of at least 1; got 0"),
        ({"epochs": 1.5}, "epochs: expected an integer"),
        ({"layers": -1}, "layers: expected an integer"),
        ({"check_every": 0}, "check_every: expected an integer of at least 1; got 0"),
        ({"verbose": 7}, "verbose: expected 0"),
        ({"task": "recall"}, r"task: expected a task, such as rs.tasks.recall\(20\); got 'recall'"),
        ({"task": replace(TASK, unseen_y=None)}, "task: expected a task that scores what it never saw"),
    ],
)
def test_what_does_not_fit_is_said(arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        raced(**arguments)


def test_a_cell_is_asked_for_by_its_name(small):
    with pytest.raises(ValueError, match="cell: expected one of GRU, SimpleRNN; got 'LSTM'"):
        small.model("LSTM")


def test_lines_and_a_bar_say_how_it_goes(capsys):
    raced(("GRU",), verbose=2)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["GRU, seed 0", "GRU, seed 1"]
    raced(("GRU",), verbose=1)
    assert "2/2" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------- the command, and the page


def test_the_command_races(tmp_path, capsys):
    picture = tmp_path / "race.png"
    line = ["race", "recall:2", "--cells", "GRU", "--seeds", "1", "--jobs", "1", "--epochs", "5", "--units", "3"]
    assert cli.main([*line, "--layers", "2", "--folder", str(tmp_path / "runs"), "--out", str(picture)]) == 0
    shown = capsys.readouterr().out
    assert "counts as solved" in shown and "GRU" in shown and f"wrote {picture}" in shown
    assert picture.read_bytes()[:4] == b"\x89PNG" and (tmp_path / "runs" / "GRU-0.npz").exists()
    for more, words in (
        (["--cells", "GRUU"], "did you mean 'GRU'"),
        (["--seeds", "0"], "seeds: expected an integer"),
        (["--out", str(tmp_path / "race.txt")], "expected a name that ends in"),
    ):
        assert cli.main([*line, *more]) == 2
        error = capsys.readouterr().err
        assert words in error and "Traceback" not in error


@pytest.mark.slow
def test_the_stored_table_is_what_the_code_gives():
    """One net of the page *Why gates?* is raced again."""
    spec = importlib.util.spec_from_file_location("why_gates", DOCS / "experiments" / "why_gates.py")
    experiment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(experiment)
    lines = experiment.TABLE.read_text(encoding="utf-8").splitlines()
    rows = [[word.strip() for word in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    head, found = rows[0], next(row for row in rows if row[0] == "GRU")
    for lag in (2, 10):
        row = experiment.raced(lag, ("GRU",), 1).table["GRU"]
        assert found[head.index(f"lag {lag}")] == experiment.solved(row)
    assert found[1] == f"{row.parameters:,}" and len(head) == 3 + len(experiment.LAGS)


def test_untrained_gates_forget_sooner_than_the_simple_cell():
    """The page *Why gates?* says in which order cells hear the first step before training."""
    left, task = [], rs.tasks.recall(20)
    for cell in ("SimpleRNN", "LSTM", "GRU", "MinGRU"):
        model = rs.Sequential([getattr(rs.layers, cell)(16, input_shape=(21, 1)), rs.Dense(1)], seed=0)
        model.compile("adam", "mse")
        layer = model.trace(task.x[:64], task.y[:64])[model.layers[0].name]
        norms = np.linalg.norm(layer.grad["c" if "c" in layer.grad else "h"][0], axis=-1).mean(axis=0)
        left.append(norms[0] / norms[-1])
    assert left == sorted(left, reverse=True) and left[0] > 0.01 and left[-1] < 1e-5
