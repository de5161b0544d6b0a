"""What flows through the net? Layers above each other, time steps side by side, arrows as wide as what they carry."""

from rnnscope.figures.network.view import network as network
