"""Warnings point at the line of the user, whatever that line runs in."""

import pytest


@pytest.mark.parametrize("names", [{"__name__": "__main__"}, {}])
def test_a_warning_points_at_the_line_that_called(names):
    warned = compile("from rnnscope.warned import warn\n\nwarn('odd')", "lines.py", "exec")
    with pytest.warns(UserWarning, match="odd") as found:
        exec(warned, names)
    assert (found[0].filename, found[0].lineno) == ("lines.py", 3)
