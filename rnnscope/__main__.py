"""`python -m rnnscope` is the command `rnnscope`."""

import sys

from rnnscope.cli import main

sys.exit(main())
