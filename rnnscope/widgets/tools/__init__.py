"""The controls of what can be changed at a moment: a quantity is held, the input is fed, a weight is set."""

from rnnscope.widgets.tools.edit import EditTool
from rnnscope.widgets.tools.feed import FeedTool
from rnnscope.widgets.tools.hold import HoldTool

TOOLS = (HoldTool, FeedTool, EditTool)
"""All of them, in the order of the page."""

__all__ = ["TOOLS", "EditTool", "FeedTool", "HoldTool"]
