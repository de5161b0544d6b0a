"""What does one unit do? Chosen units as lines over time, in every quantity of their layer."""

from rnnscope.figures.units.view import units as units
