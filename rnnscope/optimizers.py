"""`from rnnscope.optimizers import …` as in Keras: this is `rnnscope.engine.optimizers`."""

import sys

from rnnscope.engine import optimizers

sys.modules[__name__] = optimizers
