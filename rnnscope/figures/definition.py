"""What a class of a view says of itself, and what it has to define."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from rnnscope.figures.curves import CurvePanel
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.follower import Follower
from rnnscope.figures.options import SPANS
from rnnscope.figures.scale import Scale
from rnnscope.findings import Topic
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.cursor import given
from rnnscope.trace.moment import check_traces, resolve


class ViewDefinition(Follower):
    """What differs from view to view.

    Attributes
    ----------
    name
        What it is called: its folder.
    question
        What it answers.
    """

    name: ClassVar[str]
    question: ClassVar[str]
    recurrent: ClassVar[bool] = True
    """Whether the view needs a recurrent layer."""
    shows_layer: ClassVar[bool] = True
    """Whether it shows a single layer, or marks one."""
    shows_unit: ClassVar[bool] = False
    """Whether it shows a single unit, which then belongs to the moment in words."""
    shows_sample: ClassVar[bool] = True
    """Whether it shows what happens to the inputs: traces of other inputs are not compared by it."""
    pairs: ClassVar[bool] = False
    """Whether it shows two traces in one picture, before and after a change: it is drawn by `compare` alone."""
    most_lines: ClassVar[int] = 2
    """Its verdict has at most so many lines."""
    topics: ClassVar[tuple[Topic, ...]] = ()
    """What its verdict speaks of, what matters most first (see `rnnscope.findings`)."""
    backward_topics: ClassVar[tuple[Topic, ...] | None] = None
    """What it speaks of in the backward direction; None for the same."""
    shows_gradients: ClassVar[bool] = False
    """Whether it shows gradients backward: these shrink by powers of ten while a net learns, so that their scales are
    always those of the moment."""
    shows_held: ClassVar[bool] = False
    """Whether it hatches the time steps of the layer that do not count."""
    shows_dropped: ClassVar[bool] = False
    """Whether it has stripes over units of states that matrices read as zero: recurrent dropout."""
    scales: str = SPANS[0]
    """Over what its scales reach; a view that offers the choice declares `scales: str = SCALES`."""

    @abstractmethod
    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own, without the room for the verdict."""

    @abstractmethod
    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still, such as the layer."""

    @abstractmethod
    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scales over what `span` gives of recorded arrays."""

    @abstractmethod
    def read(self, moment: Moment) -> Any:
        """Return what is shown at a moment, as plain data."""

    @abstractmethod
    def titles(self) -> list[str]:
        """Return what is seen in a few words, the longest way first; name and kind of the layer are always a way."""

    @abstractmethod
    def draw(self, box: Box) -> None:
        """Make the artists in a box of the host, below the title, and list those that move in `moving`."""

    @abstractmethod
    def move(self) -> None:
        """Set the artists to what `data` holds."""

    @abstractmethod
    def words(self) -> str:
        """Return what is shown in words, with the numbers that matter."""

    @classmethod
    def opened(cls, cursor: Cursor | None, traces: Sequence[Trace]) -> tuple[Moment, ...]:
        """Return what a cursor means in traces; what it leaves open may be chosen by what the view is about."""
        asked = given(cursor, optional=True)
        check_traces(traces)
        return resolve(cls.prefer(asked, traces), traces)

    @classmethod
    def prefer(cls, cursor: Cursor, traces: Sequence[Trace]) -> Cursor:
        """Return a cursor with what the view is about in place of what was left open."""
        return cursor

    def curves(self, moment: Moment) -> Sequence[CurvePanel]:
        """Return the curves that several traces can share panels with, as plain data; nothing if it has none.

        A view that has some is compared by laying them over each other.
        """
        return ()

    def notes(self) -> Sequence[Note]:
        """Return what the picture explains of its signs and scales, which beside others one legend says for all.

        A view that has some leaves them out of its own picture unless it `explains`.
        """
        return ()
