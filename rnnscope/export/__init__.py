"""Pictures for outside: animations, pages that need no kernel, and sheets of many views."""

from rnnscope.export.animate import animate
from rnnscope.export.page import export_html

__all__ = ["animate", "export_html"]
