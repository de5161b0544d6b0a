"""The view `update`, with what only it is made of."""
