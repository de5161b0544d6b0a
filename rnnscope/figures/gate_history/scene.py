"""Gates over all epochs of the training."""

from rnnscope.figures.gate_history.view import GateHistoryView
from rnnscope.figures.stills import StillsScene


class GateHistoryScene(StillsScene):
    """Gates over all epochs of the training."""

    view = GateHistoryView
    along = ("time", "epoch", "sample", "unit")
    by = ("layer", "trace")
