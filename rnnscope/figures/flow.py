"""When information flows: in a first part of the time that a moment is shown."""

from __future__ import annotations

FLOWING = 0.6
"""Information flows in this part of the time; in what is left the moment stands still, to be read."""


def flow_of(speed: float, fps: float) -> tuple[list[float], int]:
    """Return how far information has come in each frame before a moment stands still, and how many ticks it has in all.

    Parameters
    ----------
    speed
        Moments per second.
    fps
        Frames per second, while information flows.

    Returns
    -------
    list of float
        From 0 to 1; nothing if there is no time for it.
    int
        The ticks of a moment: each frame takes one, and the moment that stands still those that are left.

    Examples
    --------
    >>> flow_of(2.0, 10)
    ([0.25, 0.5, 0.75], 5)
    >>> flow_of(8.0, 10)
    ([], 1)
    """
    ticks = round(fps / speed)
    count = int(FLOWING * ticks)
    return [k / (count + 1) for k in range(1, count + 1)], ticks if count else 1
