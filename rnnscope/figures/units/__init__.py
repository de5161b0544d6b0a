"""The view `units`, with what only it is made of."""
