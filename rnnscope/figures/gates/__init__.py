"""Which gate opened? Every quantity of a layer as a heat map, time steps by units."""

from rnnscope.figures.gates.view import gates as gates
