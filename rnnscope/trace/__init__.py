"""What was recorded: labelled arrays on (epoch, sample, time, unit), what to record, and files of it."""

from rnnscope.trace.cursor import Cursor
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.record import Record
from rnnscope.trace.store import load_trace
from rnnscope.trace.trace import Trace

__all__ = ["Cursor", "LayerTrace", "Record", "Trace", "load_trace"]
