"""The view `gates`, with what only it is made of."""
