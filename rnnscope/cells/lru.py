"""The linear recurrent unit: the memory of each unit is a complex number, which every time step turns and shrinks.

A complex number is two states here, its real part and its imaginary part. By how much it is shrunk and by which angle
it is turned, exp(−exp(ν)) and exp(θ), is learned for each unit; no gate changes it from step to step. What is added is
scaled so that the memory keeps its size whatever it is shrunk by.
"""

from math import log, pi

from sympy import cos, exp, sin, sqrt

from rnnscope.cells import Cell, constant, linear, previous, register, state, symbols, x

SIZES, ANGLES = (0.99, 0.5), (pi / 50, pi / 2)
"""Between which numbers a time step shrinks and turns a memory at the start: a ring in the complex plane."""


@register
def lru() -> Cell:
    re_prev, im_prev = previous("re"), previous("im")
    re, im = symbols("re im")
    size = exp(-exp(constant("ν", start=tuple(log(-log(size)) for size in SIZES))))
    angle = exp(constant("θ", start=tuple(map(log, ANGLES))))
    scale = sqrt(1 - size**2)
    return Cell(
        "LRU",
        state(
            "re",
            size * cos(angle) * re_prev - size * sin(angle) * im_prev + scale * linear(x, bias=False),
            "the real part of the memory",
            r"\mathrm{re}",
            title="real part",
        ),
        state(
            "im",
            size * sin(angle) * re_prev + size * cos(angle) * im_prev + scale * linear(x, bias=False),
            "the imaginary part of the memory",
            r"\mathrm{im}",
            title="imaginary part",
        ),
        state(
            "h",
            linear(re, im, bias=False) + linear(x, bias=False),
            "what the cell puts out: the real part of an output, and a way past the memory",
            title="hidden state",
        ),
        title="linear recurrent unit",
        papers=("A. Orvieto et al., Resurrecting Recurrent Neural Networks for Long Sequences, ICML 2023",),
    )
