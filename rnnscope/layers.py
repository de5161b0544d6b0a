"""`from rnnscope.layers import …` as in Keras: this is `rnnscope.models.layers`."""

import sys

from rnnscope.models import layers

sys.modules[__name__] = layers
