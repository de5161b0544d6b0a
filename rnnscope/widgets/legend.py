"""What the symbols of a cell mean, each with the colour that it has in all pictures."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import lru_cache

from rnnscope.cells import Cell
from rnnscope.figures.style import paper_for, quantity_colour
from rnnscope.languages import language, tr
from rnnscope.trace import Moment


def legend_of(moments: Sequence[Moment], *, is_dark: bool) -> str:
    """Return the quantities of the cells of some moments, each once, as HTML; the phases of the moments are marked."""
    cells = {moment.layer.kind: moment for moment in moments}
    rows = [_entries(own.layer.cell, own.layer.phases, own.phase, is_dark, language()) for own in cells.values()]
    names = list(cells) if len(cells) > 1 else [""]
    lines = [
        f'<div class="rnnscope-legend">{f"<span>{html.escape(name)}</span>" if name else ""}{row}</div>'
        for name, row in zip(names, rows, strict=True)
    ]
    return "".join(lines)


@lru_cache
def _entries(cell: Cell, phases: tuple[str, ...], phase: str, is_dark: bool, lang: str) -> str:
    """Return the entries of a cell in the language that is spoken, under which they are kept."""
    found = []
    with paper_for(is_dark):
        colours = [quantity_colour(cell, name) for name in phases]
    for name, colour in zip(phases, colours, strict=True):
        title = html.escape(tr(cell[name].title))
        text = f"<u>{title}</u>" if name == phase else title
        found.append(f'<span><i style="background:{colour}"></i><b>{html.escape(name)}</b>{text}</span>')
    return "".join(found)
