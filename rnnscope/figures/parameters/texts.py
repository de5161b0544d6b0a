"""What is written around the blocks of weights of a layer."""

from __future__ import annotations

from rnnscope.figures.weight_blocks import LayerBlocks


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
    reads = f"reads D = {layer.features} number{'s' * (layer.features != 1)}"
    own = f"has H = {layer.units} unit{'s' * (layer.units != 1)}"
    whose = " at each time step" if before is None else f", the {layer.features} units of {before.name}"
    return [[*name, least[0]], [f"{reads}{whose}; {own}", f"{reads}; {own}", least[1]], [*formula, least[2]]]


def least_heading(layer: LayerBlocks, lines: int) -> list[str]:
    """Return the lines above a layer, each in the shortest way."""
    formula = f"{layer.formula} = {layer.count:,}"
    return [layer.name, sizes_of(layer), formula] if lines > 2 else [sizes_of(layer), formula]


def sizes_of(layer: LayerBlocks) -> str:
    """Return what D and H are."""
    return f"D = {layer.features}, H = {layer.units}"


def width_ways(layer: LayerBlocks, is_read: bool) -> list[str]:
    """Return what is written below the first column of a layer, the longest way first; a next layer may read it."""
    each = "each column is " * (len(layer.quantities) > 1)
    goes = ": so many numbers go to the next layer"
    found = [f"{each}H = {layer.units} wide", f"H = {layer.units}"]
    return [f"{found[0]}{goes}", f"{found[1]}{goes}", *found] if is_read else found


def total_ways(layers: tuple[LayerBlocks, ...]) -> list[str]:
    """Return how the parameters of all layers add up, the longest way first."""
    total = f"{sum(layer.count for layer in layers):,} parameters"
    counts = " + ".join(f"{layer.count:,}" for layer in layers)
    put_in = " + ".join(layer.put_in for layer in layers)
    sums = f"{counts} = {total}"
    return [f"{put_in} = {sums}", sums, sums.removesuffix(" parameters"), f"together {total}"]
