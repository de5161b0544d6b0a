"""Pictures for outside: animations, pages that need no kernel, and sheets of many views."""

from rnnscope.export.animate import animate

__all__ = ["animate"]
