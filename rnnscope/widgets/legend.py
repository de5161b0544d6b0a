"""What the symbols of a cell mean, each with the colour that it has in all pictures."""

from __future__ import annotations

import html
from collections.abc import Sequence

from rnnscope.cells import Cell
from rnnscope.figures.style import paper_for, quantity_colour
from rnnscope.trace import Moment


def legend_of(moments: Sequence[Moment], *, is_dark: bool) -> str:
    """Return the quantities of the cells of some moments, each once, as HTML; the phases of the moments are marked."""
    cells = {moment.layer.kind: moment for moment in moments}
    with paper_for(is_dark):
        rows = [_entries(moment.layer.cell, moment) for moment in cells.values()]
    names = list(cells) if len(cells) > 1 else [""]
    lines = [
        f'<div class="rnnscope-legend">{f"<span>{html.escape(name)}</span>" if name else ""}{row}</div>'
        for name, row in zip(names, rows, strict=True)
    ]
    return "".join(lines)


def _entries(cell: Cell, moment: Moment) -> str:
    found = []
    for name in moment.layer.phases:
        colour, title = quantity_colour(cell, name), html.escape(cell[name].title)
        text = f"<u>{title}</u>" if name == moment.phase else title
        found.append(f'<span><i style="background:{colour}"></i><b>{html.escape(name)}</b>{text}</span>')
    return "".join(found)
