"""The view `difference`, with what only it is made of."""
