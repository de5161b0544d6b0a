"""What a page says of itself: what is in the file, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnscope.export.page.contents import Contents
from rnnscope.figures.scene import Scene
from rnnscope.languages import tr, trn
from rnnscope.trace import Trace, Walk


def left_out(contents: Contents, directions: Sequence[str], scenes: Sequence[Scene]) -> str:
    """Say what is in the file, and what was left out."""
    nets, walk, extent = contents.traces, contents.walk, contents.extent
    kinds = [
        (tr("epochs"), len(extent.epochs), max(len(trace.epochs) for trace in nets.values())),
        (tr("samples"), len(extent.samples), walk.samples),
        (tr("units"), len(extent.units), max(_widths(nets, walk))),
    ]
    missing = [
        tr("{there} of {all} {kind}", there=there, all=all_there, kind=kind)
        for kind, there, all_there in kinds
        if there < all_there
    ]
    words = [tr("Every epoch, sample and unit that was recorded is in this file.")]
    if missing:
        words = [tr("In this file are {kinds}; the others were left out.", kinds=", ".join(missing))]
        words += [tr(scene.all_units) for scene in scenes if scene.all_units]
    for scene in scenes:
        words += scene.left_out()
    if "backward" in directions:
        words += _without_weights(nets, extent.epochs)
    return " ".join(words)


def _without_weights(nets: Mapping[str, Trace], epochs: Sequence[int]) -> list[str]:
    """Say at which epochs gradients through weights have numbers; nothing if they have them at every epoch."""
    kept = {name: [epoch for epoch in epochs if epoch in trace.snapshots.epochs] for name, trace in nets.items()}
    if all(len(these) == len(epochs) for these in kept.values()):
        return []
    if not any(kept.values()):
        if not any(len(trace.snapshots.epochs) for trace in nets.values()):
            return [tr("Gradients through weights have no numbers: no weights were recorded.")]
        return [
            tr("Gradients through weights have no numbers: no weights were recorded at the epochs in this file."),
        ]
    said = {name: _at(these) for name, these in kept.items()}
    same = set(said.values())
    where = same.pop() if len(same) == 1 else "; ".join(f"{name}: {these}" for name, these in said.items())
    return [tr("Gradients through weights have numbers only where weights were recorded: {where}.", where=where)]


def _at(epochs: Sequence[int]) -> str:
    if not epochs:
        return tr("at no epoch")
    return trn("epoch {epochs}", "epochs {epochs}", len(epochs), epochs=", ".join(map(str, epochs)))


def _widths(nets: Mapping[str, Trace], walk: Walk) -> list[int]:
    """Return how many units each layer of each trace has."""
    names = (zip(nets.values(), walk.names(layer), strict=True) for layer in walk.layers)
    return [trace[name].units for pairs in names for trace, name in pairs]
