"""Statements as NumPy source: calls that write into given arrays, compiled to a function.

Arrays are (time, column, sample), so that a time step is one block of memory; only the products over all time steps
need rows, (time × sample, column).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnscope.cells.function_facts import all_functions
from rnnscope.engine.layout import Layout
from rnnscope.engine.statements import Slot, Statement

ARITHMETIC = {name: f"np.{name}" for name in ("add", "subtract", "multiply", "divide", "sqrt", "power")}

TEMPLATES = {
    "product": "np.matmul({1}.T, {0}, out={out})",
    "product_back": "np.matmul({1}, {0}, out={out})",
    "product_weights": "np.matmul({0}.T, {1}, out={out})",
    "rows_product": "np.matmul({0}, {1}, out={out})",
    "rows_product_back": "np.matmul({0}, {1}.T, out={out})",
    "to_rows": "to_rows({0}, out={out})",
    "from_rows": "from_rows({0}, out={out})",
    "sum_rows": "np.add.reduce({0}, axis=0, out={out})",
    "fill": "{out}.fill({0})",
    "copy": "np.copyto({out}, {0})",
    "hold": "hold({0}, {1}, out={out})",
}
"""How structural statements are written."""


def to_rows(a: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Copy (time, column, sample) to rows (time × sample, column), for one product over all time steps."""
    steps, columns, samples = a.shape
    np.copyto(out.reshape(steps, samples, columns), a.transpose(0, 2, 1))
    return out


def from_rows(a: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Copy rows (time × sample, column) to (time, column, sample)."""
    steps, columns, samples = out.shape
    np.copyto(out, a.reshape(steps, samples, columns).transpose(0, 2, 1))
    return out


def hold(value: np.ndarray, free: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Put a value where a quantity is not free."""
    np.copyto(out, value, where=free == 0)
    return out


def __getattr__(name: str) -> Callable[..., np.ndarray]:
    """Return an elementwise function that NumPy lacks, as generated source imports it."""
    facts = all_functions().get(name)
    if facts is None or facts.is_ufunc:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return facts.numpy


def source_of(
    name: str, documentation: str, statements: Sequence[Statement], slots: Sequence[Slot], layout: Layout, timed: bool
) -> str:
    """Return the source of a function that runs statements on the arrays of some slots, of one time step if `timed`."""
    lines = [_line(statement, layout, timed) for statement in statements] or ["pass"]
    arguments = ", ".join(["t"] * timed + [layout.label(slot) for slot in slots])
    return f'def {name}({arguments}):\n    """{documentation}"""\n' + "".join(f"    {line}\n" for line in lines)


def made(name: str, source: str) -> Callable[..., None]:
    """Return the function that a source defines."""
    space: dict[str, Any] = {"np": np, **_helpers()}
    exec(compile(source, f"<rnnscope {name}>", "exec"), space)
    return space[name]


def header(bodies: Sequence[str]) -> str:
    """Return the imports that some functions need."""
    used = [name for name in _helpers() if any(f" {name}(" in body for body in bodies)]
    return "import numpy as np\n" + (f"from {__name__} import {', '.join(used)}\n" if used else "")


def _helpers() -> dict[str, Callable[..., np.ndarray]]:
    """Return the functions that generated source calls by their own names."""
    own = {n: f.numpy for n, f in all_functions().items() if not f.is_ufunc}
    return {**own, "to_rows": to_rows, "from_rows": from_rows, "hold": hold}


def _called(operation: str) -> str:
    if operation in ARITHMETIC:
        return ARITHMETIC[operation]
    facts = all_functions()[operation]
    return f"np.{facts.numpy.__name__}" if facts.is_ufunc else operation


def _line(statement: Statement, layout: Layout, timed: bool) -> str:
    reads = [_text(operand, layout, timed) for operand in statement.reads]
    out = _text(statement.write, layout, timed)
    template = TEMPLATES.get(statement.operation)
    return (
        template.format(*reads, out=out)
        if template
        else f"{_called(statement.operation)}({', '.join(reads)}, out={out})"
    )


def _text(operand: Slot | float, layout: Layout, timed: bool) -> str:
    if not isinstance(operand, Slot):
        return repr(operand)
    return layout.label(operand) + ("[t]" if timed and layout.has_time(operand) else "")
