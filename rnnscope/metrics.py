"""`from rnnscope.metrics import …` as in Keras: this is `rnnscope.engine.metrics`."""

import sys

from rnnscope.engine import metrics

sys.modules[__name__] = metrics
