"""Single units over time."""

from rnnscope.figures.stills import StillsScene
from rnnscope.figures.units.view import UnitsView


class UnitsScene(StillsScene):
    """Single units over time."""

    view = UnitsView
    along = ("epoch", "unit", "time", "sample")
    by = ("layer", "trace")
