"""A contact sheet: every view of several traces, small, on one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike

import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

import rnnscope.figures
from rnnscope.figures.drawing.fonts import KOREAN, with_fallbacks
from rnnscope.figures.picture import Picture
from rnnscope.files import ending, replacing
from rnnscope.languages import language
from rnnscope.trace import Cursor, Trace

GREYS = 40
"""So many colours of the file are greys."""

PICTURE_GAP, HEAD_ROOM, NAME_ROOM = 14, 34, 24
"""Pixels between two pictures, above the first row, and left of the first column."""


def contact_sheet(
    traces: Mapping[str, Trace], path: str | PathLike[str], cursor: Cursor | None = None, *, width: int = 380
) -> None:
    """Write a PNG with every view of every trace: a row per view, a column per trace.

    Parameters
    ----------
    traces
        Traces by the names that stand above their columns.
    path
        Name of the file.
    cursor
        The moment; each trace's own last one by default.
    width
        Width of a column in pixels.

    Examples
    --------
    >>> import rnnscope as rs, tempfile, pathlib
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=2, verbose=0)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "sheet.png"
    >>> contact_sheet({"GRU": trace}, file)
    >>> file.stat().st_size > 10_000
    True
    """
    ending(path, (".png",))
    rows = []
    for view in rnnscope.figures.VIEWS:
        draw = getattr(rnnscope.figures, view)
        rows.append((view, _small([_drawn(draw, trace, cursor) for trace in traces.values()], width)))
    heights = [max(image.height for image in images) + PICTURE_GAP for _, images in rows]
    sheet = Image.new("RGB", (NAME_ROOM + len(traces) * (width + PICTURE_GAP), HEAD_ROOM + sum(heights)), "white")
    pen, font = ImageDraw.Draw(sheet), _font(16)
    for column, name in enumerate(traces):
        pen.text((NAME_ROOM + column * (width + PICTURE_GAP), 8), name, fill="black", font=font)
    top = HEAD_ROOM
    for (view, images), height in zip(rows, heights, strict=True):
        _write_upwards(sheet, view, top, font)
        for column, image in enumerate(images):
            sheet.paste(image, (NAME_ROOM + column * (width + PICTURE_GAP), top))
        top += height
    with replacing(path) as file:
        sheet.quantize(palette=_palette(sheet), dither=Image.Dither.NONE).save(file, "PNG", optimize=True)


def _drawn(draw: Callable[..., Picture], trace: Trace, cursor: Cursor | None) -> Picture:
    """Return a view, or a picture that says why it cannot be drawn."""
    try:
        return draw(trace, cursor)
    except ValueError as error:
        figure = Picture(figsize=(6, 2))
        figure.text(0.5, 0.5, str(error), wrap=True, ha="center", va="center", parse_math=False)
        return figure


def _small(figures: Sequence[Picture], width: int) -> list[Image.Image]:
    """Return pictures to one scale, the widest as wide as given."""
    images = [Image.fromarray(np.ascontiguousarray(figure.frame()[..., :3])) for figure in figures]
    scale = min(1.0, width / max(image.width for image in images))
    sizes = [(round(image.width * scale), round(image.height * scale)) for image in images]
    return [image.resize(size, Image.Resampling.LANCZOS) for image, size in zip(images, sizes, strict=True)]


def _palette(sheet: Image.Image) -> Image.Image:
    """Return a palette of greys, which stay greys, and of the colours of a sheet."""
    found = sheet.quantize(256 - GREYS, Image.Quantize.MAXCOVERAGE).getpalette()
    greys = np.linspace(0, 255, GREYS).round().astype(int).repeat(3).tolist()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*greys, *found[: 3 * (256 - GREYS)]])
    return palette


def _font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font of names: one that has the letters of the language that is spoken."""
    if language() != KOREAN:
        return ImageFont.load_default(size)
    return ImageFont.truetype(findfont(with_fallbacks()[-1]), size)


def _write_upwards(sheet: Image.Image, text: str, top: int, font: ImageFont.FreeTypeFont) -> None:
    label = Image.new("RGB", (160, 22), "white")
    ImageDraw.Draw(label).text((158, 1), text, fill="black", font=font, anchor="ra")
    sheet.paste(label.rotate(90, expand=True), (0, top))
