"""Writes what the documentation takes from the library: a page per cell, the gallery, the tutorials, the references.

Everything goes to `docs/generated/`, and what is in Korean to `docs/ko/generated/`; a cell that is registered gets its
page, and a public name its place in the reference, by itself.
"""

import ast
import html
import inspect
import json
import re
import shutil
from operator import attrgetter
from pathlib import Path

import declared
from gallery import questions
from latex2mathml.converter import convert
from notebooks import tutorials

import rnnscope as rs
from rnnscope.cells import registered
from rnnscope.cells.registry import story

DOCS = Path(__file__).parent
KOREAN = DOCS / "ko"
OUT, KOREAN_OUT = DOCS / "generated", KOREAN / "generated"
UNITS, EPOCHS, EVERY = 8, 301, 10


def everything():
    """Write all that is generated."""
    for out in (OUT, KOREAN_OUT):
        shutil.rmtree(out, ignore_errors=True)
        (out / "tutorials").mkdir(parents=True)
    for folder in ("cells", "figures", "pages/pages"):
        (OUT / folder).mkdir(parents=True)
    traces = {cell.name: trained(cell.name) for cell in registered()}
    for cell in registered():
        (OUT / "cells" / f"{cell.name.lower()}.md").write_text(cell_page(cell, traces[cell.name]), encoding="utf-8")
    names = "\n".join(cell.name.lower() for cell in registered())
    (OUT / "cells" / "index.md").write_text(f"# The cells\n\n```{{toctree}}\n{names}\n```\n", encoding="utf-8")
    three = {name: traces[name] for name in ("SimpleRNN", "LSTM", "GRU")}
    rs.export_html(three, OUT / "pages/pages/three.html", units=4, title="Three nets learn to count", verbose=False)
    (OUT / "gallery.md").write_text(gallery(), encoding="utf-8")
    run_page("why_gates")
    (OUT / "api.md").write_text(reference(), encoding="utf-8")
    (OUT / "declared.md").write_text(declared_cells(), encoding="utf-8")  # last: it registers cells of its own
    tutorials(OUT, KOREAN_OUT)


def trained(cell, units=UNITS, epochs=EPOCHS, every=EVERY):
    """Return the trace of a net of two layers that learns to count."""
    task, layer = rs.tasks.counting(), getattr(rs.layers, cell)
    layers = [layer(units, return_sequences=True, input_shape=(4, 1)), layer(units), rs.layers.Dense(1)]
    model = rs.Sequential(layers, seed=0)
    model.compile(optimizer=rs.optimizers.Adam(0.01), loss="mse")
    return model.fit(task.x, task.y, epochs=epochs, verbose=0, record=rs.Record(every=every, weights=True))


def picture(figure, name):
    """Save a figure, and return the lines that show it with its words."""
    figure.savefig(OUT / "figures" / f"{name}.svg")
    alt = " ".join(figure.alt.split())
    return f"```{{image}} /generated/figures/{name}.svg\n:alt: {alt}\n:class: picture\n```\n"


def page_of(trace, name, title):
    """Write an offline page, and return the lines that embed it."""
    rs.export_html(trace, OUT / "pages/pages" / f"{name}.html", units=4, title=title, verbose=False)
    frame = (
        f'<iframe class="stepper" src="../../pages/{name}.html" title="{html.escape(title)}" loading="lazy"></iframe>'
    )
    return f"```{{raw}} html\n{frame}\n```\n"


# ---------------------------------------------------------------------------------------------------------- the cells


def cell_page(cell, trace):
    """Return the page of a cell: everything follows from its declaration."""
    name = cell.name
    first = trace.layers[0]
    at, losses = rs.Cursor(time=2, unit=0), trace.history["loss"]
    parts = [
        f"# {name}: {cell.title}\n",
        f"{story(name)}\n",
        "## Equations\n",
        listed(rs.formulas.equations(name)),
        "## Wiring\n",
        f"Drawn from the equations, with the numbers of one moment: `rs.figures.cell(trace, rs.{at})`.\n",
        picture(rs.figures.cell(trace, at), f"{name.lower()}-wiring"),
        "## Step through it\n",
        f"A net of two layers of {UNITS} units learns to count; in {EPOCHS} epochs its loss falls from "
        f"{losses[0]:.3g} to {losses[-1]:.2g}. This page was written by `rs.export_html(trace, path)`.\n",
        page_of(trace, name.lower(), f"{name}, step by step"),
        "## The gradient on its way back\n",
        listed(rs.formulas.equations(name, "backward")),
        picture(rs.figures.cell(trace, rs.Cursor(time=2, unit=0, direction="backward")), f"{name.lower()}-backward"),
        "## Parameters\n",
        f"```text\n{rs.formulas.derivation(name, features=1, units=300)}\n```\n",
        picture(rs.figures.parameters(trace, rs.Cursor(layer=first)), f"{name.lower()}-parameters"),
        "## The NumPy code that runs\n",
        f"Compiled from the equations; `rs.layers.{name}.source()` prints it.\n",
        f"```python\n{getattr(rs.layers, name).source()}\n```\n",
    ]
    if cell.papers:
        parts += ["## Where it comes from\n", "\n".join(f"- {paper}" for paper in cell.papers) + "\n"]
    return "\n".join(parts)


def listed(equations):
    """Return equations as MathML, each below what it means."""
    rows = []
    for equation in equations:
        math = convert(equation.latex).replace("<math ", '<math displaystyle="true" ', 1)
        rows.append(f"<dt>{html.escape(equation.meaning)}</dt><dd>{math}</dd>")
    return f'```{{raw}} html\n<dl class="equations">{"".join(rows)}</dl>\n```\n'


# ------------------------------------------------------------------------------------- cells that you can declare

ERROR = 1e-6
"""Gradients differ from finite differences by at most so much of the largest."""


def declared_cells():
    """Return the page of cells that are no part of the library: each declared, trained and checked here."""
    parts = [(DOCS / "declared.md").read_text(encoding="utf-8")]
    parts += [declared_cell(builder) for builder in declared.CELLS]
    parts += [
        "## The check of the gradients\n",
        "Each weight is moved up and down by a little, and the difference of the loss is compared with the gradient "
        f"that was computed. It differs by less than {ERROR:g} of the largest one, or this page is not built.\n",
        f"```python\n{inspect.getsource(declared.gradient_error)}```\n",
    ]
    return "\n".join(parts)


def declared_cell(builder):
    """Return what the page says of a cell; a wrong gradient, or a net that does not learn, stops the build."""
    cell = rs.register(builder())
    error = declared.gradient_error(getattr(rs.layers, cell.name)(4, input_shape=(4, 1)))
    trace = trained(cell.name, epochs=101)
    first, last = (trace.history["loss"][k] for k in (0, -1))
    if not error < ERROR or not last < first / 10:
        raise ValueError(
            f"{cell.name}: expected a right gradient and a net that learns; got {error:g}, {first} to {last}"
        )
    parts = [
        f"## {cell.name}\n",
        f"{inspect.getdoc(builder)}\n",
        f"```python\n{without_docstring(builder)}\n```\n",
        listed(rs.formulas.equations(cell)),
        f"Two layers of {UNITS} units learn to count: in 100 epochs the loss falls from {first:.3g} to {last:.2g}. "
        f"Gradients differ from finite differences by {error:.0e}.\n",
    ]
    if builder in declared.DRAWN:
        parts.append(picture(rs.figures.cell(trace, rs.Cursor(time=2, unit=0)), f"declared-{cell.name.lower()}"))
    return "\n".join(parts)


def without_docstring(function):
    """Return the source of a function without its docstring."""
    source = inspect.getsource(function)
    first, second = ast.parse(source).body[0].body[:2]
    lines = source.splitlines()
    return "\n".join(lines[: first.lineno - 1] + lines[second.lineno - 1 :])


# -------------------------------------------------------------------------------------------------------- the gallery


def gallery():
    """Return the gallery: questions, the code that answers each, and the picture that this code draws."""
    task = rs.tasks.counting()
    traces = {name: trained(name, 32, 101, 1) for name in ("SimpleRNN", "LSTM", "GRU")}
    known = {"rs": rs, "task": task, "traces": traces, "trace": traces["LSTM"]}
    parts = [
        "# Which question, which picture?\n",
        "`trace` is what `model.fit(...)` returned for an LSTM on the counting task; `traces` holds one each of "
        "SimpleRNN, LSTM and GRU.\n",
    ]
    for number, (question, text, code) in enumerate(questions()):
        here = dict(known)
        exec(compile(code, f"<gallery: {question}>", "exec"), here)
        parts += [f"## {question}\n", f"{text}\n", f"```python\n{code.strip()}\n```\n"]
        parts.append(picture(here["figure"], f"gallery-{number}"))
    return "\n".join(parts)


# ------------------------------------------------------------------------------------------------ pages that are run

BLOCK = re.compile(r"```python\n(.*?)```\n", re.DOTALL)
"""A piece of code of a page."""


def run_page(name):
    """Write a page, in English and in Korean, with the pictures that its code draws into `figure`, run once."""
    known, pictures = {"rs": rs}, []
    english, korean = ((folder / f"{name}.md").read_text(encoding="utf-8") for folder in (DOCS, KOREAN))
    pieces = BLOCK.findall(english)
    if BLOCK.findall(korean) != pieces:
        raise ValueError(f"ko/{name}.md: expected the code of {name}.md; it has other code")
    for number, code in enumerate(pieces):
        known.pop("figure", None)
        exec(compile(code, f"<{name}: {number}>", "exec"), known)
        pictures.append(f"\n{picture(known['figure'], f'{name}-{number}')}" if "figure" in known else "")
    for text, out in ((english, OUT), (korean, KOREAN_OUT)):
        drawn = iter(pictures)
        page = BLOCK.sub(lambda found, drawn=drawn: found[0] + next(drawn), text)
        (out / f"{name}.md").write_text(page, encoding="utf-8")


# -------------------------------------------------------------------------------------------------------- the reference


def reference():
    """Return the reference of all public names, from their docstrings."""
    objects = {name: getattr(rs, name) for name in dir(rs) if not name.startswith("__")}
    parts = ["# Reference\n"]
    plain = {n: o for n, o in objects.items() if not inspect.ismodule(o)}
    cells = [cell.name for cell in registered()]
    parts += ["## rnnscope\n", *[directive(name, o) for name, o in plain.items() if name not in cells]]
    parts += [
        "## Layers\n",
        *[directive(f"layers.{n}", getattr(rs.layers, n), f"{rs.layers.__name__}.{n}") for n in cells],
    ]
    names = (
        "figures",
        "formulas",
        "tasks",
        "losses",
        "optimizers",
        "optimizers.schedules",
        "initializers",
        "regularizers",
    )
    known = set(map(id, plain.values()))  # a name that stands for what has another one is not written again
    for name in (*names, "metrics", "callbacks", "interventions", "lessons", "races", "utils"):
        module = attrgetter(name)(rs)
        own = [n for n, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__]
        names = [n for n in getattr(module, "__all__", own) if not n.startswith("_")]
        things = {n: getattr(module, n) for n in names}
        public = [n for n, thing in things.items() if callable(thing) and id(thing) not in known]
        public = [n for n in public if getattr(things[n], "__name__", n) == n]
        known |= {id(things[n]) for n in public}
        parts += [f"## rnnscope.{name}\n", *[directive(f"{name}.{n}", getattr(module, n)) for n in public]]
    return "\n".join(parts)


def directive(name, thing, place=None):
    """Return the lines that document a public name; one without docstring fails the build."""
    if not inspect.getdoc(thing):
        raise ValueError(f"rnnscope.{name}: expected a docstring; it has none")
    kind = "autoclass" if inspect.isclass(thing) else "autofunction"
    members = "\n   :members:" if kind == "autoclass" else ""
    place = place or f"{thing.__module__}.{thing.__qualname__}"
    return f"### {name}\n\n```{{eval-rst}}\n.. {kind}:: {place}{members}\n```\n"


if __name__ == "__main__":
    everything()
    print(json.dumps(sorted(str(path.relative_to(OUT)) for path in OUT.rglob("*.*")), indent=1))
