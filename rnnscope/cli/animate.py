"""`rnnscope animate`: a film of traces."""

from __future__ import annotations

import argparse

from rnnscope.cli.common import add_moment, cursor_of, loaded
from rnnscope.languages import tr


def animate(options: argparse.Namespace) -> int:
    """Write an animation of traces."""
    from rnnscope.export import animate as write

    write(loaded(options.trace), options.out, options.view, options.over, cursor=cursor_of(options), fps=options.fps)
    print(tr("wrote {path}", path=options.out))
    return 0


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    command = commands.add_parser("animate", help="write an animation of traces")
    command.add_argument("trace", nargs="+", metavar="TRACE", help="one to five traces that Trace.save wrote (.npz)")
    command.add_argument("out", metavar="FILM", help="file to write: .gif, or with ffmpeg .mp4 or .webm")
    command.add_argument("--view", help="which view (cell; over the training: gates)")
    command.add_argument("--over", default="time", help="time, phase or training (time)")
    command.add_argument("--fps", type=float, help="moments per second")
    add_moment(command)
    command.set_defaults(run=animate)
