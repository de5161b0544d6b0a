"""Measures: the numbers of a moment by name, in files by what they are about (found by this folder)."""

import pkgutil
from importlib import import_module

from rnnscope.lessons.measures.measure import MEASURES, Asked, Found, asked_of, found_at, measure_named

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["MEASURES", "Asked", "Found", "asked_of", "found_at", "measure_named"]
