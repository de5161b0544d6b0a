"""How a live training stands, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnscope.languages import noted, tr
from rnnscope.numbers import written

if TYPE_CHECKING:
    from rnnscope.live.live_training import LiveTraining

SAID = {
    "training": noted("Training: epoch {epoch} is done{losses}."),
    "pausing": noted("It pauses when the epoch that runs has ended."),
    "paused": noted("Paused after epoch {epoch}{losses}."),
    "finished": noted("Finished: all {epochs} epochs are trained{losses}. Go back to the start to train again."),
    "stopped": noted("Stopped: {why}. Go back to the start to train again."),
    "closed": noted("Closed after {finished} epochs."),
}
"""What is said in each state once an epoch has been trained."""


def status(live: LiveTraining) -> str:
    """Return how a live training stands, in words.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.live import LiveTraining
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile("adam", "mse")
    >>> live = LiveTraining(model, task.x, task.y, epochs=50)
    >>> print(status(live))
    Ready: it trains at most 50 epochs.
    >>> live.start(2)
    >>> live.wait()
    >>> print(status(live))
    Paused after epoch 1, loss 45.
    """
    state, trace = live.state, live.trace
    losses = {name: values[-1] for name, values in trace.history.items() if values}
    if not live.finished and state in ("paused", "training"):
        if state == "training":
            return tr("Training: the first epoch.")
        return tr("Ready: it trains at most {epochs} epochs.", epochs=f"{live.epochs:,}")
    text = tr(
        SAID[state],
        epoch=trace.first_epoch + live.finished - 1,
        epochs=f"{live.epochs:,}",
        finished=live.finished,
        losses="".join(f", {name} {written(value)}" for name, value in losses.items()),
        why=live.stopped,
    )
    if not trace.marks:
        return text
    epoch, words = trace.marks[-1]
    return f"{text} {tr('Last change: {change}, from epoch {epoch} on.', change=words, epoch=epoch)}"
