"""The view `weights`, with what only it is made of."""
