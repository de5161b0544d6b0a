"""The command `rnnscope`: a tour of recurrent nets on a task; races; pictures, pages and films of traces."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rnnscope.cli import animate, export, race, render, tour
from rnnscope.languages import speaking

COMMANDS = (tour, race, render, export, animate)
"""One file each."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 with one sentence if it cannot do what was asked."""
    parser = argparse.ArgumentParser(prog="rnnscope", description="See what happens inside recurrent networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    for command in commands.choices.values():
        command.add_argument("--lang", help="language of what is written and drawn, such as ko (RNNSCOPE_LANG, or en)")
    options = parser.parse_args(arguments)
    try:
        with speaking(options.lang):
            return options.run(options)
    except (ValueError, TypeError, OSError) as error:
        print(f"rnnscope: {error}", file=sys.stderr)
        return 2
