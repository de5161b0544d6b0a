"""Animated GIFs: one palette for all frames, in which the common colours are exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

import numpy as np
from PIL import Image

COLOURS, COMMON = 255, 96
"""Colours of a GIF; one more stands for what has not changed. So many of the common ones are kept exactly."""

MOST_PIXELS = 100_000
"""So many pixels of a frame are asked for their colour to find the common ones."""


def write_gif(frames: Iterable[np.ndarray], file: IO[bytes], fps: float, last: float, comment: str) -> None:
    """Write frames that share one palette, and of each only what has changed; the last stays for some seconds."""
    size, changes = None, []
    for frame in frames:
        codes = np.ascontiguousarray(frame).view("<u4")[..., 0] & 0xFFFFFF  # without transparency
        if size is None:
            size, before = codes.shape, ~codes
        where = np.flatnonzero(codes != before)
        before = codes
        changes.append((where, codes.ravel()[where]))
    table, palette = _colours([codes for _, codes in changes])
    images, places = [], np.zeros(size, np.uint8)
    for where, codes in changes:
        places.ravel()[where] = table[codes]
        images.append(Image.fromarray(places.copy()))
        images[-1].putpalette(palette)
    ends = [10 * round(100 * k / fps) for k in range(len(images) + 1)]  # in hundredths of a second, as a GIF counts
    durations = np.diff(ends).tolist()
    durations[-1] = max(durations[-1], round(1000 * last))
    first, *others = images
    options = {"duration": durations, "loop": 0, "optimize": True, "comment": comment.encode()}
    first.save(file, "GIF", save_all=True, append_images=others, **options)


def _colours(changes: Sequence[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Return for every colour its place in a palette, and the palette: red, green, blue, red …

    The common colours are kept exactly; each of the others becomes the nearest one.
    """
    is_there = np.zeros(1 << 24, bool)
    for codes in changes:
        is_there[codes] = True
    there = np.flatnonzero(is_there)
    some = np.concatenate([codes[:: max(1, len(codes) // MOST_PIXELS)] for codes in changes])
    colours, counts = np.unique(some, return_counts=True)
    common = colours[np.argsort(-counts, kind="stable")][:COMMON]
    others = np.setdiff1d(there, common)
    palette = _rgb(common)
    if len(others):
        image = Image.fromarray(np.ascontiguousarray(_rgb(others)[:, None]))
        near = image.quantize(COLOURS - len(common), Image.Quantize.MAXCOVERAGE).getpalette()
        palette = np.concatenate([palette, np.array(near, np.uint8).reshape(-1, 3)[: COLOURS - len(common)]])
    table = np.zeros(1 << 24, np.uint8)
    for part in np.array_split(there, len(there) // 1000 + 1):
        distances = (_rgb(part)[:, None].astype(np.int32) - palette) ** 2
        table[part] = distances.sum(axis=2).argmin(axis=1)
    return table, palette.ravel().tolist()


def _rgb(codes: np.ndarray) -> np.ndarray:
    """Return the red, green and blue of colours."""
    return np.ascontiguousarray(codes, "<u4").view(np.uint8).reshape(-1, 4)[:, :3]
