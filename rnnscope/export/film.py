"""Films in MP4 and WebM, which ffmpeg encodes."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

import numpy as np

from rnnscope.figures.style import paper

VIDEO = {
    ".mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-movflags", "+faststart"],
    ".webm": ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-crf", "30", "-b:v", "0"],
}
"""How ffmpeg encodes each kind of film."""


def film_writer(kind: str) -> Callable[[Iterable[tuple[np.ndarray, int]], IO[bytes], float, float, str], None]:
    """Return what writes a film by ffmpeg; it takes what `write_gif` takes."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise ValueError(f"path: {kind} needs ffmpeg, which was not found; install it, or choose a name in .gif")

    def write(frames: Iterable[tuple[np.ndarray, int]], file: IO[bytes], fps: float, last: float, comment: str) -> None:
        frames = (frame for frame, ticks in frames for _ in range(ticks))
        first = next(frames)
        high, wide = first.shape[:2]
        source = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{wide}x{high}", "-r", f"{fps:g}", "-i", "-"]
        even = f"pad=ceil(iw/2)*2:ceil(ih/2)*2:color={paper()}"
        still = f"tpad=stop_mode=clone:stop_duration={max(0, last - 1 / fps):g}"
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
            film = Path(folder) / f"film{kind}"
            command = [program, "-loglevel", "error", "-y", *source, "-vf", f"{even},{still}", *VIDEO[kind]]
            command += ["-metadata", f"title={comment}", str(film)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as process:
                with contextlib.suppress(BrokenPipeError):  # then ffmpeg has ended, and said why
                    for frame in itertools.chain([first], frames):
                        process.stdin.write(np.ascontiguousarray(frame).tobytes())
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
            if process.returncode:
                said.seek(0)
                raise OSError(f"path: ffmpeg could not write {kind}: {said.read().decode(errors='replace').strip()}")
            with film.open("rb") as made:
                shutil.copyfileobj(made, file)

    return write
