"""Races: the same task and the same conditions for every cell, with several seeds.

Conditions (conditions.py)   what all runs have in common: task, width, epochs, when it is looked whether it is solved
└─ (cell, seed), …           which runs there are; each is trained by itself (training.py), in a process or on a
   │                         cluster (workers.py)
   └─ Run (run.py)           what one of them came to; the finished ones may be kept as files (folder.py)
      └─ Race (race.py)      all of them: a table with a row per cell (table.py), traces, a figure
"""

from rnnscope.races.race import Race, RunsMissing, race
from rnnscope.races.run import Run
from rnnscope.races.table import Row, Table

__all__ = ["Race", "Row", "Run", "RunsMissing", "Table", "race"]
