"""From a declaration to symbols: parameter counts as formulas."""

from rnnscope.formulas.parameters import parameters

__all__ = ["parameters"]
