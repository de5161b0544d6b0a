"""The parameters of all layers, counted and drawn to scale."""

from rnnscope.figures.parameters.view import ParametersView
from rnnscope.figures.stills import StillsScene


class ParametersScene(StillsScene):
    """The parameters of all layers, counted and drawn to scale."""

    view = ParametersView
    along = ("phase",)
    by = ("layer", "trace")
