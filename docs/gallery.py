"""The gallery: the question of every view, a sentence on its answer, and the code that draws it into `figure`."""

import inspect

from rnnscope.figures.registry import CLASSES

ANSWERS = {
    "gates": (
        "Every quantity of a layer: a column per time step, a row per unit. Gates run from 0, shut, to 1, open.",
        'figure = rs.figures.gates(trace, rs.Cursor(layer="lstm", time=2))',
    ),
    "cell": (
        "The wiring of the cell, drawn from its equations, with this moment's numbers on its lines.",
        'figure = rs.figures.cell(trace, rs.Cursor(layer="lstm", time=2, unit="largest", phase="c"))',
    ),
    "equation": (
        "The equation of a phase, worked out step by step, and the curve of its function with a dot where it is.",
        'figure = rs.figures.equation(trace, rs.Cursor(layer="lstm", time=2, unit="largest", phase="f"))',
    ),
    "network": (
        "What every layer stores at each time step, as bars for all units; arrows as wide as what they carry.",
        "figure = rs.figures.network(trace, rs.Cursor(time=2))",
    ),
    "gradient_flow": (
        "How much gradient each time step gets beside the last, and the factor per step that explains it.",
        'figure = rs.figures.compare(traces, view="gradient_flow")',
    ),
    "memory": (
        "What the cell state holds at every time step, by the step that wrote it; and in one unit, as a sum.",
        'figure = rs.figures.memory(trace, rs.Cursor(layer="lstm", sample=5))',
    ),
    "influence": (
        "How far the output follows each input: its derivatives as a map, and the share of each.",
        "figure = rs.figures.influence(trace, rs.Cursor(sample=5))",
    ),
    "update": (
        "What each time step adds to the gradient of a block of weights, and the step that the optimizer then took.",
        'figure = rs.figures.update(trace, rs.Cursor(layer="lstm", epoch=int(trace.epochs[-2])), block="U_f")',
    ),
    "training": (
        "The loss, and every prediction on its way to its target.",
        "figure = rs.figures.training(trace)",
    ),
    "gate_history": (
        "How the distribution of every quantity moved over the epochs, and how much of it is saturated.",
        "figure = rs.figures.gate_history(trace)",
    ),
    "units": (
        "Chosen units as lines over time; here those whose forget gate is most open at the end.",
        'units = rs.figures.ordered(trace["lstm"]["f"][-1, 0], "mean")[:5]\n'
        'figure = rs.figures.units(trace, rs.Cursor(layer="lstm", sample=0), units=units)',
    ),
    "weights": (
        "Kernels and biases as heat maps, their distribution, and how far they moved.",
        "figure = rs.figures.weights(trace)",
    ),
    "parameters": (
        "Every block of weights as a rectangle to scale, with its formula, and the numbers in it.",
        "figure = rs.figures.parameters(trace)",
    ),
}
"""Of some views, in the order of the gallery, a sentence and the code; of others both follow from the class."""

COMPARED = (
    (
        "How do the three cells differ?",
        "One view of each net at the same moment, on shared scales.",
        'figure = rs.figures.compare(traces, view="gates", cursor=rs.Cursor(time=2))',
    ),
    (
        CLASSES["difference"].question,
        "Where two runs differ, by how much, how far that travels, and what becomes of the answer.",
        'changed = rs.what_if(trace, rs.Hold("lstm", "f", 0.0, time=2))\n'
        'figure = rs.figures.compare({"as it was": trace, "f = 0": changed}, "difference")',
    ),
)


def questions():
    """Return the questions with a sentence and the code: of every view, and of several traces side by side."""
    found = [(CLASSES[name].question, *answer) for name, answer in ANSWERS.items()]
    for name, view in CLASSES.items():
        if name not in ANSWERS and not view.pairs:
            summary = " ".join(inspect.getdoc(view).partition("\n\n")[0].split())
            found.append((view.question, summary, f"figure = rs.figures.{name}(trace)"))
    return [*found, *COMPARED]
