"""The linear recurrent unit: the memory of each unit is a complex number, which every time step turns and shrinks.

A complex number is two states here, its real part and its imaginary part. A time step multiplies it by exp(−exp(ν)) and
turns it by the angle exp(θ): both are learned for each unit, and no gate changes them from step to step. What is added
is scaled so that the memory keeps its size however much it shrinks.
"""

from math import log, pi

from sympy import cos, exp, sin, sqrt

from rnnscope.cells import Cell, constant, linear, previous, register, state, symbols, x

SIZES, ANGLES = (0.99, 0.5), (pi / 50, pi / 2)
"""By which factors and angles the units start to shrink and turn: a part of a ring in the complex plane."""


@register
def linear_recurrent_unit() -> Cell:
    re_prev, im_prev = previous("re"), previous("im")
    re, im = symbols("re im")
    size = exp(-exp(constant("ν", start=tuple(log(-log(size)) for size in SIZES))))
    angle = exp(constant("θ", start=tuple(map(log, ANGLES))))
    scale = sqrt(1 - size**2)
    return Cell(
        "LRU",
        state(
            "re",
            size * (cos(angle) * re_prev - sin(angle) * im_prev) + scale * linear(x, bias=False),
            "of the memory",
            r"\mathrm{re}",
            title="real part",
        ),
        state(
            "im",
            size * (sin(angle) * re_prev + cos(angle) * im_prev) + scale * linear(x, bias=False),
            "of the memory",
            r"\mathrm{im}",
            title="imaginary part",
        ),
        state("h", linear(re, im, bias=False) + linear(x, bias=False), "what the cell puts out", title="hidden state"),
        title="linear recurrent unit",
        year=2023,
        papers=("A. Orvieto et al., Resurrecting Recurrent Neural Networks for Long Sequences, ICML 2023",),
    )
