"""The view `influence`, with what only it is made of."""
