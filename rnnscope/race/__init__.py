"""Races: the same task and the same conditions for every cell, with several seeds."""
