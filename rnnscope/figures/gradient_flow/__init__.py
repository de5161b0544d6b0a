"""Does the gradient reach the first time steps? Its size at every step and epoch, and what the inputs do."""

from rnnscope.figures.gradient_flow.view import gradient_flow as gradient_flow
