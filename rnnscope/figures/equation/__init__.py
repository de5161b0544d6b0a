"""The view `equation`, with what only it is made of."""
