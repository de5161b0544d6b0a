"""Changing something in a trained net and looking at what follows: quantities held, weights and inputs edited."""

from rnnscope.interventions.ablation import ablate
from rnnscope.interventions.changes import Change, Edit, Feed, Hold, Start
from rnnscope.interventions.presets import forget_at_once, no_reset, output_shut, remember_for_ever
from rnnscope.interventions.what_if import what_if

__all__ = [
    "Change",
    "Edit",
    "Feed",
    "Hold",
    "Start",
    "ablate",
    "forget_at_once",
    "no_reset",
    "output_shut",
    "remember_for_ever",
    "what_if",
]
