"""Where are the parameters? Every block of weights of the net as a rectangle, drawn to scale."""

from rnnscope.figures.parameters.view import parameters as parameters
