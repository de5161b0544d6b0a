"""What views and options can be chosen, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnscope.checks import describe, one_of
from rnnscope.figures.options import options_of
from rnnscope.figures.registry import CLASSES
from rnnscope.trace import Trace


def views_checked(views: Sequence[str]) -> tuple[str, ...]:
    """Return the names of views, each once."""
    if isinstance(views, str) or not isinstance(views, Sequence):
        raise TypeError(f"views: expected a list of names, such as ['network', 'cell']; got {describe(views)}")
    return tuple(dict.fromkeys(one_of("views", view, CLASSES) for view in views))


def options_checked(options: Mapping[str, Any], trace: Trace) -> dict[str, Any]:
    """Return options by their names, checked by all views that have them."""
    if not isinstance(options, Mapping):
        raise TypeError(f"options: expected a dict of names and values; got {describe(options)}")
    known = [options_of(kind) for kind in CLASSES.values()]
    names = {name for own in known for name in own}
    for name, value in options.items():
        one_of("options", name, names)
        for own in known:
            if name in own:
                own[name].check(value, trace)
    return dict(options)


def choices_of(views: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the options of some views that are one of a few words: by name, the words, that by default first.

    Examples
    --------
    >>> choices_of(["cell", "gates"])["order"][0]
    'output'
    """
    found: dict[str, dict[str, None]] = {}
    for view in views:
        for name, option in options_of(CLASSES[view]).items():
            if option.choices:
                found.setdefault(name, {}).update(dict.fromkeys((option.default, *option.choices)))
    return {name: tuple(words) for name, words in found.items()}
