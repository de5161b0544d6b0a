"""What each input does to each answer."""

from rnnscope.figures.influence.view import InfluenceView
from rnnscope.figures.stills import StillsScene


class InfluenceScene(StillsScene):
    """What each input does to each answer."""

    view = InfluenceView
    along = ("epoch", "time", "sample")
    by = ("layer", "trace")
