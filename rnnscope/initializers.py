"""`from rnnscope.initializers import …` as in Keras: this is `rnnscope.engine.initializers`."""

import sys

from rnnscope.engine import initializers

sys.modules[__name__] = initializers
