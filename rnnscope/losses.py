"""`from rnnscope.losses import …` as in Keras: this is `rnnscope.engine.losses`."""

import sys

from rnnscope.engine import losses

sys.modules[__name__] = losses
