"""How far gradients reach back through time."""

from rnnscope.figures.gradient_flow.view import GradientFlowView
from rnnscope.figures.stills import StillsScene


class GradientFlowScene(StillsScene):
    """How far gradients reach back through time."""

    view = GradientFlowView
    along = ("epoch", "sample", "time")
    by = ("layer", "trace")
