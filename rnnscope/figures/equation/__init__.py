"""How did this number come about? The equation of the phase, and under every symbol its number."""

from rnnscope.figures.equation.view import equation as equation
