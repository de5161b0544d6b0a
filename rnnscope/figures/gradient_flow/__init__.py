"""The view `gradient_flow`, with what only it is made of."""
