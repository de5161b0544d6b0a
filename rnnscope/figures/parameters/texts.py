"""What is written around the blocks of weights of a layer."""

from __future__ import annotations

from rnnscope.figures.weight_blocks import LayerBlocks
from rnnscope.languages import noted, tr, trn


def heading(layer: LayerBlocks, before: LayerBlocks | None, lines: int) -> list[list[str]]:
    """Return the lines above a layer, each the longest way first.

    Parameters
    ----------
    layer
        The layer.
    before
        The layer before it if it reads all that this puts out.
    lines
        How many lines there are; of two, the first one says what D and H are.
    """
    least = least_heading(layer, lines)
    name = [f"{layer.name}  {layer.kind}"]
    formula = [f"{layer.formula} = {layer.put_in} = {layer.count:,}"]
    if lines < 3:
        return [[f"{name[0]}: {sizes_of(layer)}", least[0]], [*formula, least[1]]]
    count = layer.features
    reads = trn("reads D = {count} number", "reads D = {count} numbers", count)
    own = trn("has H = {count} unit", "has H = {count} units", layer.units)
    if before is None:
        full = trn("reads D = {count} number at each time step", "reads D = {count} numbers at each time step", count)
    else:
        full = trn(
            "reads D = {count} number, the {count} units of {layer}",
            "reads D = {count} numbers, the {count} units of {layer}",
            count,
            layer=before.name,
        )
    return [[*name, least[0]], [f"{full}; {own}", f"{reads}; {own}", least[1]], [*formula, least[2]]]


def least_heading(layer: LayerBlocks, lines: int) -> list[str]:
    """Return the lines above a layer, each in the shortest way."""
    formula = f"{layer.formula} = {layer.count:,}"
    return [layer.name, sizes_of(layer), formula] if lines > 2 else [sizes_of(layer), formula]


def sizes_of(layer: LayerBlocks) -> str:
    """Return what D and H are."""
    return f"D = {layer.features}, H = {layer.units}"


def width_ways(layer: LayerBlocks, is_read: bool) -> list[str]:
    """Return what is written below the first column of a layer, the longest way first; a next layer may read it."""
    wide = noted("each column is H = {units} wide") if len(layer.quantities) > 1 else noted("H = {units} wide")
    found = [tr(wide, units=layer.units), f"H = {layer.units}"]
    return [*(tr("{width}: so many numbers go to the next layer", width=own) for own in found if is_read), *found]


def total_ways(layers: tuple[LayerBlocks, ...]) -> list[str]:
    """Return how the parameters of all layers add up, the longest way first."""
    total = f"{sum(layer.count for layer in layers):,}"
    counts = " + ".join(f"{layer.count:,}" for layer in layers)
    put_in = " + ".join(layer.put_in for layer in layers)
    sums = f"{counts} = {total}"
    long = noted("{sum} parameters")
    return [
        tr(long, sum=f"{put_in} = {sums}"),
        tr(long, sum=sums),
        sums,
        tr("together {count} parameters", count=total),
    ]
