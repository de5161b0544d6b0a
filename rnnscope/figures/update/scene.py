"""What each time step taught the weights."""

from rnnscope.figures.stills import StillsScene
from rnnscope.figures.update.view import UpdateView


class UpdateScene(StillsScene):
    """What each time step taught the weights."""

    view = UpdateView
    along = ("epoch", "time", "sample", "phase", "unit")
    by = ("layer", "trace")
