"""The view `network`, with what only it is made of."""
