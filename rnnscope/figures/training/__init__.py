"""The view `training`, with what only it is made of."""
