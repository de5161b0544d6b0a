"""Races: the same task and the same conditions for every cell, with several seeds.

race (race.py): checks what was asked for
├─ Conditions (conditions.py): what all runs have in common: task, width, epochs, when it is looked whether it is solved
├─ (cell, seed), …: which runs there are; workers.py gives them to processes or to a cluster
│  └─ Run: what one of them came to (run.py), trained by itself (training.py); kept as files, if wanted (folder.py)
└─ Race (results.py): all of them: a table with a row per cell (table.py), traces, a figure
"""

from rnnscope.races.race import RunsMissing, race
from rnnscope.races.results import Race
from rnnscope.races.run import Run
from rnnscope.races.table import Row, Table

__all__ = ["Race", "Row", "Run", "RunsMissing", "Table", "race"]
