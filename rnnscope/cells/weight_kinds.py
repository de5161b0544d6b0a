"""The kinds of weights: one record each, and the only place that lists them."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

D, H = sympy.symbols("D H", positive=True, integer=True)
"""The number of features that a layer reads and its number of units."""


@dataclass(frozen=True)
class WeightKind:
    """One kind of weight.

    Attributes
    ----------
    name
        The name of its array, in files and in Keras.
    words
        What it is called in a sentence.
    letter
        The first part of a weight's name: the forget gate's recurrent kernel is `U_f`.
    latex
        The letter as LaTeX.
    shape
        The shape of one block, in the symbols `D` and `H`.
    part
        What it adds to a pre-activation, as recordings call it; empty for a constant.
    product
        The first part of the name of its product with a vector, `Zh_f` for `h₋₁·U_f`; empty for what has no vector.
    fade
        How far the colour of its quantity is faded where the weights of a layer are drawn, from 0 to 1.
    """

    name: str
    words: str
    letter: str
    latex: str
    shape: tuple[sympy.Expr, ...]
    part: str
    product: str
    fade: float

    @property
    def is_matrix(self) -> bool:
        """Whether it multiplies a vector as a matrix, not unit by unit."""
        return len(self.shape) == 2

    @property
    def count(self) -> sympy.Expr:
        """How many numbers one block holds, in the symbols `D` and `H`."""
        return sympy.prod(self.shape)

    @property
    def part_in_words(self) -> str:
        """What its product with a vector is called in a sum, in English."""
        return f"{self._what} part"

    @property
    def one_in_words(self) -> str:
        """What one of its numbers is called, in English."""
        return f"{self.words} weight" if self.has_vector else self._what or self.words

    @property
    def texts(self) -> tuple[str, ...]:
        """All that it is called, in English."""
        return self.words, self.one_in_words, *([self.part_in_words] if self.has_vector else [])

    @property
    def _what(self) -> str:
        return self.part.replace("_", " ")

    def __reduce__(self) -> str:
        return self.name.upper()  # a copy is the kind itself, which `pickle` finds in this module

    @property
    def has_vector(self) -> bool:
        """Whether it multiplies a vector."""
        return bool(self.product)


KERNEL = WeightKind("kernel", "kernel", "W", "W", (D, H), "input", "Zx", 0.4)
RECURRENT_KERNEL = WeightKind("recurrent_kernel", "recurrent kernel", "U", "U", (H, H), "recurrent", "Zh", 0.72)
BIAS = WeightKind("bias", "bias", "b", "b", (H,), "bias", "", 0.0)
RECURRENT_BIAS = WeightKind("recurrent_bias", "recurrent bias", "bh", "b^{h}", (H,), "recurrent_bias", "", 0.25)
PEEPHOLE = WeightKind("peephole", "peephole", "p", "p", (H,), "peephole", "Zp", 0.5)
CONSTANT = WeightKind("constant", "constant", "C", "C", (H,), "", "", 0.6)

EMBEDDINGS = WeightKind("embeddings", "table", "E", "E", (D, H), "", "", 0.4)

KINDS = {kind.name: kind for kind in (KERNEL, RECURRENT_KERNEL, BIAS, RECURRENT_BIAS, PEEPHOLE, CONSTANT)}
"""The kinds in cells by name, in the order in which a layer keeps their arrays."""

ALL_KINDS = KINDS | {EMBEDDINGS.name: EMBEDDINGS}
"""The kinds in all layers: also the table of an embedding."""
