"""Training that goes on while a person looks, pauses and changes how the model learns; it knows no widget."""

from rnnscope.live.live_training import LiveTraining
from rnnscope.live.rates import Rates, sweep

__all__ = ["LiveTraining", "Rates", "sweep"]
