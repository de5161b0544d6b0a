"""The view `parameters`, with what only it is made of."""
