"""Is it learning? The loss over the epochs, and the predictions on their way to the targets."""

from rnnscope.figures.training.view import training as training
