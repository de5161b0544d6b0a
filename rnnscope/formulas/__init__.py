"""From a declaration to symbols: equations, parameter counts, and this moment's numbers set into an equation."""

from rnnscope.formulas.equations import Equation, Equations, equations
from rnnscope.formulas.parameters import parameters
from rnnscope.formulas.substitution import Substitution, substitute

__all__ = ["Equation", "Equations", "Substitution", "equations", "parameters", "substitute"]
