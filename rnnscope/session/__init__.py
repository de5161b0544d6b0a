"""Exploring without a page: where one is in some traces, in which views it is shown, and what plays."""

from rnnscope.session.session import WIDEST, Session
from rnnscope.session.watcher import Watcher

__all__ = ["WIDEST", "Session", "Watcher"]
