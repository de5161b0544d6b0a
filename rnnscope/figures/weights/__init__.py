"""What was learned? The weights of a layer as heat maps, their distribution, and how far they moved."""

from rnnscope.figures.weights.view import weights as weights
