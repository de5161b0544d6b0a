"""What is on its way through a cell while it computes a phase: it travels along the lines, and the nodes compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rnnscope.figures.wiring.flows import CellData
from rnnscope.figures.wiring.wiring import Wiring

TRAVEL = 0.7
"""This part of a stage it takes to travel along a line, the rest to compute at its end."""


def flowing(wiring: Wiring, data: CellData, part: float) -> CellData:
    """Return what the diagram of a cell shows while a phase is computed.

    Parameters
    ----------
    wiring, data
        The cell, and what is shown when the phase has been computed.
    part
        How much of the phase is over: 0 where nothing has left, 1 where all is there. What a phase reads travels in the
        first stage, what is computed from that in the next one, and so on.
    """
    return data if part >= 1 else at_stage(wiring, data, part * stage_count(wiring, data))


def at_stage(wiring: Wiring, data: CellData, now: float) -> CellData:
    """Return what the diagram of a cell shows when so many stages of a phase are over."""
    is_back = data.direction == "backward"
    stages = stages_of(wiring, data)
    travelled = {k: _within((now - stage) / TRAVEL) for k, stage in stages.items()}
    opened: dict[str, float] = {}
    for k, stage in stages.items():
        end = wiring.edges[k].source if is_back else wiring.edges[k].target
        opened[end] = min(opened.get(end, 1.0), _within((now - stage - TRAVEL) / (1 - TRAVEL)))
    waits = {key for key, there in opened.items() if there < 1}
    if is_back:
        waits = _not_yet_back(wiring, data, opened)
    numbers = {key: None if key in waits else value for key, value in data.numbers.items()}
    return replace(data, numbers=numbers, travelled=travelled, opened=opened)


def _not_yet_back(wiring: Wiring, data: CellData, opened: Mapping[str, float]) -> set[Any]:
    """Return which numbers backward come only with the phase, from what it has not yet computed."""
    last, edges = min(opened.values(), default=1.0), wiring.edges
    own = [k for k, edge in enumerate(edges) if wiring.nodes[edge.target].phase == data.phase]
    waits: set[Any] = {k for k in own if opened.get(edges[k].target, last) < 1}
    return waits | {edges[k].source for k in waits}


def stage_count(wiring: Wiring, data: CellData) -> int:
    """Return in how many stages a phase is computed."""
    return 1 + max(stages_of(wiring, data).values(), default=0)


def stages_of(wiring: Wiring, data: CellData) -> dict[int, int]:
    """Return for each lit edge the stage in which something travels along it: first along those that nothing feeds."""
    is_back, found = data.direction == "backward", {}

    def stage(k: int) -> int:
        if k not in found:
            edge = wiring.edges[k]
            begin = edge.target if is_back else edge.source
            before = (j for j in data.lit if begin == (wiring.edges[j].source if is_back else wiring.edges[j].target))
            found[k] = max((1 + stage(j) for j in before), default=0)
        return found[k]

    return {k: stage(k) for k in sorted(data.lit)}


def _within(part: float) -> float:
    return float(np.clip(part, 0, 1))
