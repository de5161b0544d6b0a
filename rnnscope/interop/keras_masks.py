"""Masks in the configurations of functional models.

Keras 3 writes down how a mask is computed, `not_equal(x, 0)` for an `Embedding` and `any(not_equal(x, value))` for a
`Masking`, and gives it to every layer that takes it. Here layers hand their masks on by themselves, so these entries
are left out, if they are just that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnscope.interop.keras_config import Call
    from rnnscope.interop.keras_layers import Config

NOT_EQUAL, ANY = "NotEqual", "Any"
MASK = "mask"


def without_masks(entries: Mapping[str, Config], calls: Sequence[Call]) -> tuple[list[Config], list[Call]]:
    """Return the entries and the calls of a functional model without those that only compute masks.

    Parameters
    ----------
    entries
        The entries by the names of layers.
    calls
        What each layer is called with.
    """
    by_layer = {call.layer: call for call in calls}
    kept = [_plain(call, by_layer, entries) for call in calls]
    while unread := [call for call in kept if _is_operation(entries[call.layer]) and not _is_read(call, kept)]:
        kept = [call for call in kept if call not in unread]
    names = {call.layer for call in kept}
    return [entry for name, entry in entries.items() if name in names or name not in by_layer], kept


def _plain(call: Call, calls: Mapping[str, Call], entries: Mapping[str, Config]) -> Call:
    """Return a call without its mask, if that is the mask of the last layer below that gives one."""
    if len(call.named.get(MASK, ())) != 1 or len(call.reads) != 1:
        return call
    below = call.reads[0][0]
    while below in calls and not _gives_mask(entries[below]):
        below = calls[below].reads[0][0]
    computed = _computed(call.named[MASK][0][0], calls, entries)
    if below not in calls or computed != (
        calls[below].reads,
        _masked_value(entries[below]),
        entries[below]["class_name"],
    ):
        return call
    return replace(call, named={key: sources for key, sources in call.named.items() if key != MASK})


def _computed(name: str, calls: Mapping[str, Call], entries: Mapping[str, Config]) -> tuple[Any, ...] | None:
    """Return of what a mask is computed, the value that stands for nothing, and the class that gives such a mask."""
    kind, giver = entries[name]["class_name"], "Embedding"
    if kind == ANY:
        config = entries[name]["config"]
        if config.get("keepdims") or config.get("axis") not in (-1, [-1]):
            return None
        name, giver = calls[name].reads[0][0], "Masking"
        kind = entries[name]["class_name"]
    if kind != NOT_EQUAL or len(calls[name].values) != 1:
        return None
    return calls[name].reads, calls[name].values[0], giver


def _gives_mask(entry: Config) -> bool:
    return entry["class_name"] == "Masking" or bool(entry["config"].get("mask_zero"))


def _masked_value(entry: Config) -> float:
    return entry["config"].get("mask_value", 0)


def _is_operation(entry: Config) -> bool:
    return entry["class_name"] in (NOT_EQUAL, ANY)


def _is_read(call: Call, calls: Sequence[Call]) -> bool:
    sources = [source for other in calls for group in (other.reads, *other.named.values()) for source in group]
    return any(name == call.layer for name, _, _ in sources)
