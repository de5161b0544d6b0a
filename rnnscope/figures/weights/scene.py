"""The weights of a layer."""

from rnnscope.figures.stills import StillsScene
from rnnscope.figures.weights.view import WeightsView


class WeightsScene(StillsScene):
    """The weights of a layer."""

    view = WeightsView
    along = ("epoch", "unit")
    by = ("layer", "trace")
