"""The race behind the page *Why gates?*: at which lag does each cell stop to solve `recall`?

`python docs/experiments/why_gates.py` runs it again and writes `why_gates.txt` beside it, which the page includes. With
the name of a folder behind it, it keeps what is finished there, and goes on from it.
"""

import sys
import time
from pathlib import Path

import joblib

import rnnscope as rs

LAGS = (2, 5, 10, 20, 50, 100)
SEEDS = 5
NETS = {1: ("SimpleRNN", "LSTM", "GRU", "SLSTM", "MinGRU", "RGLRU"), 2: ("MinGRU", "RGLRU")}
"""Which cells race, by the number of layers. With one layer, the gates of the last two see the input alone."""

NAN = "the first NaN"
"""How a run begins to say that it met a NaN, which is a result like another one."""

TABLE = Path(__file__).with_suffix(".txt")


def raced(lag, cells, layers, folder=None):
    """Return the race over one lag, in the conditions of the page."""
    here = None if folder is None else Path(folder) / f"lag-{lag}-layers-{layers}"
    if here is not None:
        here.parent.mkdir(parents=True, exist_ok=True)
    return rs.race(rs.tasks.recall(lag), cells, layers=layers, seeds=SEEDS, folder=here)


def solved(row):
    """Return how many seeds solved it and after how many epochs, as the table says it; a NaN did not solve it."""
    words = f"{row.solved}/{SEEDS}" + (f" ({row.epochs:g})" if row.solved else "")
    return words + (f", {row.failed} NaN" if row.failed else "")


def stops(rows):
    """Return the first lag that fewer than half of the seeds solved."""
    return str(next((lag for lag, row in rows.items() if row.solved < SEEDS / 2), f"above {max(rows)}"))


def name_of(cell, layers):
    """Return what a net is called."""
    return cell if layers == 1 else f"{cell}, {layers} layers"


def written(found, seconds):
    """Return the two tables, and how long they took."""
    lags = [f"lag {lag}" for lag in LAGS]
    first = [("solved (epochs)", "parameters", *lags, "stops at lag")]
    second = [("mean error", *lags)]
    for name, rows in found.items():
        first.append((name, f"{rows[LAGS[0]].parameters:,}", *map(solved, rows.values()), stops(rows)))
        second.append((name, *(f"{row.score:.2f}" for row in rows.values())))
    tables = "\n\n".join("\n".join(map(line, (own[0], ["---"] * len(own[0]), *own[1:]))) for own in (first, second))
    runs = sum(row.runs + row.failed for rows in found.values() for row in rows.values())
    cores = joblib.cpu_count()
    return f"{tables}\n\n{runs} runs, trained in {seconds:.0f} s on {cores} cores.\n"


def line(words):
    """Return a line of a table of Markdown."""
    return f"| {' | '.join(words)} |"


def main(folder=None):
    """Run all races, and write the tables."""
    begin, found = time.perf_counter(), {}
    for lag in LAGS:
        for layers, cells in NETS.items():
            race = raced(lag, cells, layers, folder)
            print(race, flush=True)
            died = [run for run in race.failures if NAN not in run.failure]
            if race.stopped or died:
                sys.exit("the table is left as it was")
            for row in race.table.rows:
                found.setdefault(name_of(row.cell, layers), {})[lag] = row
    TABLE.write_text(written(found, time.perf_counter() - begin), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:2])
