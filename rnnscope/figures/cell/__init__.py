"""The view `cell`, with what only it is made of."""
