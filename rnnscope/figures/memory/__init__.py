"""The view `memory`, with what only it is made of."""
