"""Exploring without a page: where one is in some traces, in which views it is shown, and what plays."""

from rnnscope.session.room import WIDEST
from rnnscope.session.session import Session
from rnnscope.session.watcher import Watcher

__all__ = ["WIDEST", "Session", "Watcher"]
