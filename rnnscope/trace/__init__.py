"""What was recorded: labelled arrays on (epoch, sample, time, unit), what to record, and files of it."""

from rnnscope.trace.cursor import Cursor
from rnnscope.trace.labels import Labels
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.moment import Moment
from rnnscope.trace.record import Record, SamplesLeftOut
from rnnscope.trace.store import load_trace
from rnnscope.trace.trace import Trace
from rnnscope.trace.walk import Walk

__all__ = ["Cursor", "Labels", "LayerTrace", "Moment", "Record", "SamplesLeftOut", "Trace", "Walk", "load_trace"]
