"""From a declaration to symbols: equations, parameter counts, and this moment's numbers set into an equation."""

from rnnscope.formulas.equations import Equation, Equations, equations
from rnnscope.formulas.parameters import Derivation, derivation, parameters, ratio, units_for
from rnnscope.formulas.substitution import Substitution, substitute

__all__ = [
    "Derivation",
    "Equation",
    "Equations",
    "Substitution",
    "derivation",
    "equations",
    "parameters",
    "ratio",
    "substitute",
    "units_for",
]
