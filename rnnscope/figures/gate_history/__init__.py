"""The view `gate_history`, with what only it is made of."""
