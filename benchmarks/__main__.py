"""`python -m benchmarks` times rnnscope against its peers on the counting task."""

from benchmarks.counting import main

main()
