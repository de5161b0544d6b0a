"""The questions of the gallery, a sentence on each answer, and the code that draws it into `figure`."""

QUESTIONS = [
    (
        "Which gate opened?",
        "Every quantity of a layer: a column per time step, a row per unit. Gates run from 0, shut, to 1, open.",
        'figure = rs.figures.gates(trace, rs.Cursor(layer="lstm", time=2))',
    ),
    (
        "What happens in one step?",
        "The wiring of the cell, drawn from its equations, with this moment's numbers on its lines.",
        'figure = rs.figures.cell(trace, rs.Cursor(layer="lstm", time=2, unit="largest", phase="c"))',
    ),
    (
        "How did this number come about?",
        "The equation of a phase, with a number under every symbol, and what each product is made of.",
        'figure = rs.figures.equation(trace, rs.Cursor(layer="lstm", time=2, unit="largest", phase="f"))',
    ),
    (
        "What flows through the net?",
        "Layers above each other, time steps side by side, arrows as wide as the states that they carry.",
        "figure = rs.figures.network(trace, rs.Cursor(time=2))",
    ),
    (
        "Why does it forget?",
        "The size of the gradient at every time step: where it is small, what happened changes the weights little.",
        'figure = rs.figures.compare(traces, view="gradient_flow")',
    ),
    (
        "Is it learning?",
        "The loss, and every prediction on its way to its target.",
        "figure = rs.figures.training(trace)",
    ),
    (
        "When did the gates begin to open?",
        "How the distribution of every quantity moved over the epochs, and how much of it is saturated.",
        "figure = rs.figures.gate_history(trace)",
    ),
    (
        "What do single units do?",
        "Chosen units as lines over time; here those whose forget gate is most open at the end.",
        'units = rs.figures.ordered(trace["lstm"]["f"][-1, 0], "mean")[:5]\n'
        "figure = rs.figures.units(trace, units=units)",
    ),
    (
        "What did the weights learn?",
        "Kernels and biases as heat maps, their distribution, and how far they moved.",
        "figure = rs.figures.weights(trace)",
    ),
    (
        "Where do the parameters come from?",
        "Every block of weights as a rectangle to scale, with its formula and count.",
        "figure = rs.figures.parameters(trace)",
    ),
    (
        "How do the three cells differ?",
        "One view of each net at the same moment, on shared scales.",
        'figure = rs.figures.compare(traces, view="gates", cursor=rs.Cursor(time=2))',
    ),
]
