"""A figure of its own that follows a cursor: what moves is drawn anew, what stands still is kept."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from io import BytesIO, TextIOBase
from os import PathLike
from pathlib import Path
from typing import IO, Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import rnnscope
from rnnscope.checks import describe
from rnnscope.figures.alike import are_alike, are_of_same_epochs
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.follower import Follower
from rnnscope.figures.legend import SharedLegend
from rnnscope.files import replacing
from rnnscope.trace import Cursor, Moment, Trace


class Picture(Figure):
    """A matplotlib figure, free of pyplot, that shows itself in a notebook whatever backend is chosen there.

    Attributes
    ----------
    views
        The views in it.
    beside
        Artists beside the views that move, as those of a film's footer.
    shared_legends
        The legends that explain what several views have in common.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        FigureCanvasAgg(self)
        self.views: list[Follower] = []
        self.beside: list[Artist] = []
        self.shared_legends: list[SharedLegend] = []
        self._still: Any = None

    @property
    def alt(self) -> str:
        """What it shows, in words."""
        return "\n".join(view.alt for view in self.views)

    def update(self, cursor: Cursor) -> None:
        """Move every view to another moment.

        Parameters
        ----------
        cursor
            The moment; what it leaves open is chosen as if the picture were drawn anew.
        """
        found: dict[tuple, Sequence[Moment]] = {}
        each = []
        for view in self.views:
            among = view.opener, *(id(moment.trace) for moment in view.moments)
            if among not in found:
                found[among] = view.resolve(cursor)
            each.append(found[among])
        self._show(each)

    def move(self, moments: Sequence[Moment]) -> None:
        """Move every view to the moment of its trace."""
        self._show([moments] * len(self.views))

    def is_of(self, moments: Sequence[Moment]) -> bool:
        """Say whether moments are those of its traces."""
        return list(map(id, self._traces)) == [id(moment.trace) for moment in moments]

    def takes(self, moments: Sequence[Moment]) -> bool:
        """Say whether it can show moments of other traces, without being drawn anew as a whole."""
        traces = [moment.trace for moment in moments]
        if not are_alike(self._traces, traces):
            return False
        stands = any(view.stands_on_trace for view in self.views)
        return not stands or all(map(are_of_same_epochs, self._traces, traces))

    @property
    def _traces(self) -> list[Trace]:
        return [moment.trace for moment in self.views[0].moments]

    def exchange(self, moments: Sequence[Moment]) -> None:
        """Show moments of other traces that it `takes`, in the order of those before."""
        for view in self.views:
            view.exchange(moments)
        self._show([moments] * len(self.views), is_exchanged=True)

    def flow(self, part: float) -> None:
        """Show how far what is computed at the moment has come, from 0 to 1, in the views in which information flows.

        Moved to another moment, they show all of it.
        """
        for view in self.views:
            view.flow(part)

    def _show(self, each: Sequence[Sequence[Moment]], *, is_exchanged: bool = False) -> None:
        """Move each view to moments, once all have been checked."""
        for view, moments in zip(self.views, each, strict=True):
            view.check_moment(view.own(moments))
        still, self._still = self._still, None
        is_other = any([view.show(moments) for view, moments in zip(self.views, each, strict=True)])
        are_others = [legend.show(is_other=is_other, is_exchanged=is_exchanged) for legend in self.shared_legends]
        if not any([is_other, *are_others]):
            self._still = still

    def pick(self, across: float, down: float) -> tuple[Moment, dict[str, Any]] | None:
        """Return where a click goes: the moment of the view that it meets, and what changes in it; None for nowhere.

        Parameters
        ----------
        across, down
            Its place as parts of the width from the left, and of the height from the top.
        """
        x, y = across * self.bbox.width, (1 - down) * self.bbox.height
        for view in self.views:
            found = view.pick(x, y)
            if found:
                return view.own(view.moments), found
        return None

    def frame(self) -> np.ndarray:
        """Return the picture as it is now, (height, width, 4) of bytes; only what moves is drawn anew."""
        size = self.canvas.get_width_height()
        if self._still is None or self._still[0] != size:
            self._still = size, self._draw_what_stands()
        self.canvas.restore_region(self._still[1])
        renderer = self.canvas.get_renderer()
        for artist in self._moving():
            artist.draw(renderer)
        return np.asarray(self.canvas.buffer_rgba())

    def savefig(self, fname: str | PathLike[str] | IO[bytes], **options: Any) -> None:
        """Write the picture to a file, with its text alternative; the same picture gives the same file, byte for byte.

        Parameters
        ----------
        fname, **options
            As in `matplotlib.figure.Figure.savefig`.
        """
        suffix = "" if hasattr(fname, "write") else Path(fname).suffix.removeprefix(".").lower()
        kind = options.get("format") or suffix or matplotlib.rcParams["savefig.format"]
        metadata = {**self._metadata(kind), **(options.get("metadata") or {})} or None
        file = BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": "rnnscope"}), fallbacks():
            super().savefig(file, **{**options, "format": kind, "metadata": metadata})
        written = file.getvalue()
        if kind == "svg":
            words = f"</title>\n <desc>{html.escape(self.alt, quote=False)}</desc>"
            svg = written.decode().replace("<svg ", '<svg role="img" ', 1).replace("</title>", words, 1)
            written = svg.encode()
        if hasattr(fname, "write"):
            fname.write(written.decode() if isinstance(fname, TextIOBase) else written)
            return
        with replacing(fname if suffix else f"{fname}.{kind}") as target:
            target.write(written)

    def _metadata(self, kind: str) -> dict[str, str | None]:
        """Return title, text alternative and what made it, where a format keeps them; no dates."""
        title, alt, maker = self.title, self.alt, f"rnnscope {rnnscope.__version__}"
        return {
            "png": {"Title": title, "Description": alt, "Software": maker},
            "svg": {"Title": title, "Description": alt, "Creator": maker, "Date": None},
            "pdf": {"Title": title, "Subject": alt, "Creator": maker, "CreationDate": None},
        }.get(kind, {})

    @property
    def title(self) -> str:
        """What it is called."""
        return "; ".join(view.titles()[0] for view in self.views)

    def _moving(self) -> list[Artist]:
        drawn = [*self.views, *self.shared_legends]
        artists = [*(artist for each in drawn for artist in each.moving), *self.beside]
        return sorted((artist for artist in artists if artist.get_visible()), key=lambda artist: artist.get_zorder())

    @fallbacks()
    def _draw_what_stands(self) -> Any:
        """Draw everything but what moves, and return the pixels."""
        moving = self._moving()
        for artist in moving:
            artist.set_visible(False)
        try:
            self.canvas.draw()
            return self.canvas.copy_from_bbox(self.bbox)
        finally:
            for artist in moving:
                artist.set_visible(True)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the picture and its words for a notebook."""
        file = BytesIO()
        self.savefig(file, format="png")
        return {"image/png": file.getvalue(), "text/plain": self.alt or repr(self)}


def check_size(figsize: Any) -> None:
    """Refuse what is no width and height in inches; None leaves the choice to the view."""
    if figsize is None:
        return
    sides = list(figsize) if isinstance(figsize, Iterable) and not isinstance(figsize, str) else [figsize]
    if len(sides) != 2 or not all(isinstance(side, int | float | np.number) for side in sides):
        raise TypeError(f"figsize: expected a width and a height in inches, such as (8, 5); got {describe(figsize)}")
    if not all(np.isfinite(side) and side > 0 for side in sides):
        raise ValueError(f"figsize: expected two numbers above zero; got {describe(figsize)}")
