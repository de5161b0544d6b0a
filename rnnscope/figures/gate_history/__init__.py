"""How did training move the gates? The distribution of every quantity over the epochs."""

from rnnscope.figures.gate_history.view import gate_history as gate_history
