"""The whole net, unrolled in time; both directions."""

from rnnscope.figures.network.view import NetworkView
from rnnscope.figures.stills import StillsScene


class NetworkScene(StillsScene):
    """The whole net, unrolled in time; both directions."""

    view = NetworkView
    along = ("epoch", "time", "sample", "unit")
