"""Every block of weights of the net as a rectangle, drawn to scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.parameters.page import GUTTER, MARK, SIDE_ROOM, PageLayout, arrange
from rnnscope.figures.parameters.rectangles import NAME_LINE, SWATCH, Pen, any_thin, entries_of, flow, sign_of
from rnnscope.figures.parameters.texts import heading, total_ways, width_ways
from rnnscope.figures.scale import Scale
from rnnscope.figures.view import HEADINGS, View
from rnnscope.figures.weight_blocks import LayerBlocks, colour_of, has_weights, layer_blocks, sources_of
from rnnscope.findings import kernels
from rnnscope.languages import noted, tr
from rnnscope.trace import Moment

KEY, TOTAL = 0.6, 2.7
"""The room above the key, and below it for the total, in font sizes."""

LARGEST_WEIGHT = 4.0
"""A weight is at most so many font sizes wide and high."""

SIZE = (10.0, 7.0)
"""A figure of its own is so many inches wide, and at most so high."""


@dataclass(frozen=True)
class ParametersData:
    """What the view shows: the blocks of weights of each layer, and which layer and phase are marked."""

    layers: tuple[LayerBlocks, ...]
    layer: str
    phase: str

    @property
    def count(self) -> int:
        """The number of parameters of the net."""
        return sum(layer.count for layer in self.layers)


class ParametersView(View):
    """Draw every block of weights of a net as a rectangle, all to the same scale, with formulas and counts.

    `D` is how many numbers a layer reads, `H` its number of units; an arrow leads from the `H` of a layer to the `D` of
    the next one. A layer has a column for each quantity with weights, `H` wide; in it lie, from the top, the kernel `W`
    (`D` high), the recurrent kernel `U` (`H` high), biases and peepholes (1 high): its area is its number of
    parameters. A block that is too thin for the scale is drawn as a line.

    Parameters
    ----------
    cursor
        The moment: layer and phase are framed; by default the last phase of one layer. All else changes nothing.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `figure.update(cursor)` frames another phase, `figure.alt` says in words what it shows.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, or neither the inputs nor the weights of a layer were recorded.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.parameters(model.trace(task.x), rs.Cursor(phase="f"))
    >>> figure.views[0].data.count == model.count_params()
    True
    """

    question = noted("Where do the parameters come from?")
    topics = (kernels.counted,)

    recurrent = False
    shows_sample = False

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own: no higher than what is in it."""
        wide, high = (72 * inches / self.em for inches in SIZE)
        used = HEADINGS + self._arrange(wide, high).packing.size[1] + self._below(wide)
        return SIZE[0], min(SIZE[1], used * self.em / 72)

    def key(self, moment: Moment) -> tuple:
        """Return nothing: what stands still depends on nothing."""
        return ()

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return how many parameters lie side by side within a font size."""
        return {"parameters": Scale(0, 1 / self._arrange(self.width(), self._high()).packing.scale, "size")}

    def read(self, moment: Moment) -> ParametersData:
        """Return the blocks of weights, which are the same at every moment."""
        return ParametersData(self.layers, moment.layer.name, moment.phase)

    def titles(self) -> list[str]:
        """Return what is seen."""
        parts = {"count": f"{self.data.count:,}", "layers": len(self.layers)}
        return [
            tr("{count} parameters in {layers} layers, drawn to scale", **parts),
            tr("{count} parameters, to scale", **parts),
            tr("{count} parameters", **parts),
        ]

    def when(self) -> list[str]:
        """Return what the cursor's phase has of its layer's parameters."""
        layer, phase = self._marked(), self.moment.phase
        if layer is None:
            long = tr("layer {layer} ({kind}) has no weights", layer=self.layer.name, kind=self.layer.kind)
            return self.as_forward([long, tr("no weights")])
        blocks, parts = layer.of(phase), {"phase": phase, "layer": layer.name, "count": f"{layer.count:,}"}
        if not blocks:
            text = noted("phase {phase} is made of others, without weights of its own: layer {layer} has {count}")
            return self.as_forward([tr(text, **parts), f"{layer.name}: {layer.count:,}"])
        parts |= {"own": f"{sum(block.count for block in blocks):,}", "blocks": " + ".join(b.text for b in blocks)}
        count = tr("{own} of {count}", **parts)
        long = tr("{layer}, phase {phase}: {blocks} = {own} of {count} parameters", **parts)
        return self.as_forward([long, f"{layer.name}, {phase}: {count}", count])

    def draw(self, box: Box) -> None:
        """Make the rectangles and texts of every layer, the key, and the total."""
        wide, most = self.width(), 1 / self.scale["parameters"].high
        self.page = self._arrange(wide, self._high(), most)
        packing = self.page.packing
        axes = self.panel(box)
        axes.set(xlim=(0, wide), ylim=(self.height() - self.head, 0))
        axes.axis("off")
        self.pen = Pen(axes, packing.scale)
        for place in range(len(self.layers)):
            self._layer(place)
        low = packing.size[1] + KEY
        if self.explains:
            entries = entries_of(self.layers, packing.scale)
            places = self._key(entries, wide, low)
            self.pen.key(entries, places)
            low = places[-1][1]
        total = self.pen.text(SIDE_ROOM, low + 1.6, "", bold=True)
        self.fit(total, total_ways(self.layers), wide - 2 * SIDE_ROOM)
        self.frames = [self.pen.frame(1.0), self.pen.frame(2.6)]
        self.moving += self.frames

    def notes(self) -> list[Note]:
        """Return what the fills of the blocks are, and how large they are drawn."""
        scale = 1 / self.scale["parameters"].high
        return [Note(kind, (name,), sign_of(kind, scale)) for kind, name in entries_of(self.layers, scale)]

    def move(self) -> None:
        """Frame the cursor's layer, and the column of its phase."""
        layer, scale = self._marked(), self.page.packing.scale
        if layer is None:
            for frame in self.frames:
                frame.set_visible(False)
            return
        self.frames[0].set_visible(True)
        place = self.layers.index(layer)
        wide, high = layer.size
        x, y = self.page.blocks_corner(place)
        self.frames[0].set_bounds(x - 0.4, y - 0.4, wide * scale + 0.8, high * scale + 0.8)
        blocks = layer.of(self.moment.phase)
        self.frames[1].set_visible(bool(blocks))
        if blocks:
            left = x + scale * layer.corner(blocks[0])[0]
            self.frames[1].set_bounds(left, y, layer.units * scale, high * scale)

    def words(self) -> str:
        """Return the counts of all blocks and layers."""
        layers = "; ".join(
            tr(
                "{layer} ({kind}), {blocks}: {formula} with D = {features}, H = {units} is {count}",
                layer=layer.name,
                kind=layer.kind,
                blocks=", ".join(block.text for block in layer.blocks),
                formula=layer.formula,
                features=layer.features,
                units=layer.units,
                count=f"{layer.count:,}",
            )
            for layer in self.layers
        )
        has_thin = any_thin(self.layers, self.page.packing.scale)
        found = [
            tr("Blocks of weights as rectangles, drawn to scale."),
            tr("Blocks too thin for the scale are lines.") if has_thin else "",
            f"{layers}.",
            tr("Together {count} parameters.", count=f"{self.data.count:,}"),
            tr("Marked is {marked}.", marked=self.when()[0]),
        ]
        return " ".join(filter(None, found))

    @cached_property
    def layers(self) -> tuple[LayerBlocks, ...]:
        """The weights of every layer."""
        return tuple(layer_blocks(self.trace, name) for name in self.trace.layers if has_weights(self.trace[name]))

    def _marked(self) -> LayerBlocks | None:
        """Return the weights of the cursor's layer, if it has some."""
        return next((layer for layer in self.layers if layer.name == self.layer.name), None)

    def _layer(self, place: int) -> None:
        """Draw a layer: its name, what D and H are, its formula, its blocks, and the arrow to the next one."""
        layer, page, (x, y) = self.layers[place], self.page, self.page.corner(place)
        before = self.layers[place - 1] if self._is_fed(place) else None
        for line, ways in enumerate(heading(layer, before, page.texts.lines)):
            self.fit(self.pen.text(x, y + 0.6 + NAME_LINE * line, "", bold=not line), ways, page.room(place))
        colours = {quantity: colour_of(self.trace[layer.name], quantity) for quantity in layer.quantities}
        corner, wide = page.blocks_corner(place), layer.units * page.packing.scale
        self.pen.labels(layer, *corner, page.texts.long)
        self.pen.blocks(layer, *corner, colours)
        end = corner[0] + wide / 2
        if page.texts.has_mark:
            self.pen.width_mark(corner[0], page.bottom(place) + MARK[0], wide)
            text = self.pen.text(corner[0], page.bottom(place) + MARK[1], "")
            self.fit(text, width_ways(layer, self._is_fed(place + 1)), page.room(place) - page.sides[place] + GUTTER)
            end = corner[0] + self.ems_of(text)
        if self._is_fed(place + 1):
            self.pen.arrow(page.arrow(place, end))

    def _is_fed(self, place: int) -> bool:
        """Say whether there is a layer that reads what the one before puts out, itself or what is made of it."""
        if not 0 < place < len(self.layers):
            return False
        before, layer = self.layers[place - 1 : place + 1]
        return before.units == layer.features and before.name in sources_of(self.trace, layer.name)

    def _high(self) -> float:
        """Return the height of the picture in font sizes, without the room for the verdict."""
        return self.height() - self.head + HEADINGS

    def _arrange(self, wide: float, high: float, most: float = LARGEST_WEIGHT) -> PageLayout:
        """Lay the layers out on a page of so many font sizes, on a scale of at most `most`."""
        return arrange(self.layers, self.figure, wide, high - HEADINGS - self._below(wide), most)

    def _below(self, wide: float) -> float:
        """Return the room for the key and the total, in font sizes."""
        if not self.explains:
            return KEY + TOTAL
        return self._key(entries_of(self.layers, None), wide, KEY)[-1][1] + TOTAL

    def _key(self, entries: list[tuple[str, str]], wide: float, top: float) -> list[tuple[float, float]]:
        """Return places for the entries of the key."""
        return flow([SWATCH + 0.4 + text_width(self.figure, text) for _, text in entries], wide, SIDE_ROOM, top)
