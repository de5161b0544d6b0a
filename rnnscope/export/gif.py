"""Animated GIFs: one palette for all frames, in which the common colours are exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

import numpy as np
from matplotlib.colors import Colormap
from PIL import Image

from rnnscope.figures.scale import RAMPS

COLOURS, COMMON = 255, 96
"""Colours of a GIF; one more stands for what has not changed. So many of the common ones are kept exactly."""

SHOWN = 0.5
"""A scale is shown if so many of its colours are there."""

SMOOTH, MOST_IN_RAMPS = 8.0, 150
"""The colours of a scale are so near to each other that no bands are seen; so many at most are all scales' together."""

MOST_PIXELS = 100_000
"""So many pixels of a frame are asked for their colour to find the common ones."""


def write_gif(frames: Iterable[tuple[np.ndarray, int]], file: IO[bytes], fps: float, last: float, comment: str) -> None:
    """Write frames that share one palette, and of each only what has changed; the last stays for some seconds.

    Parameters
    ----------
    frames
        Their pixels, and how many ticks each stays, of which there are `fps` per second.
    file
        Where they are written.
    fps
        Ticks per second.
    last
        So many seconds at least the last one stays.
    comment
        A text that is kept in the file.
    """
    size, changes, stay = None, [], []
    for frame, ticks in frames:
        stay.append(ticks)
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
    ends = [10 * round(100 * k / fps) for k in np.cumsum([0, *stay])]  # in hundredths of a second, as a GIF counts
    durations = np.diff(ends).tolist()
    durations[-1] = max(durations[-1], round(1000 * last))
    first, *others = images
    options = {"duration": durations, "loop": 0, "optimize": True, "comment": comment.encode()}
    first.save(file, "GIF", save_all=True, append_images=others, **options)


def _colours(changes: Sequence[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Return for every colour its place in a palette, and the palette: red, green, blue, red …

    The common colours are kept exactly, and of the scales that are shown colours from end to end; each of the others
    becomes the nearest one.
    """
    is_there = np.zeros(1 << 24, bool)
    for codes in changes:
        is_there[codes] = True
    there = np.flatnonzero(is_there)
    some = np.concatenate([codes[:: max(1, len(codes) // MOST_PIXELS)] for codes in changes])
    colours, counts = np.unique(some, return_counts=True)
    scales = [codes for codes in map(_codes, RAMPS) if is_there[codes].mean() > SHOWN]
    ramps, of_scales = _thinned(scales), np.concatenate([np.empty(0, np.uint32), *scales])
    common = colours[np.argsort(-counts, kind="stable")]
    common = common[~np.isin(common, of_scales)][: min(COMMON, COLOURS - len(ramps) - 1)]
    kept = np.concatenate([common, ramps])
    others, free = np.setdiff1d(there, np.concatenate([kept, of_scales])), COLOURS - len(kept)
    palette = _rgb(kept)
    if len(others):
        image = Image.fromarray(np.ascontiguousarray(_rgb(others)[:, None]))
        near = image.quantize(free, Image.Quantize.MAXCOVERAGE).getpalette()
        palette = np.concatenate([palette, np.array(near, np.uint8).reshape(-1, 3)[:free]])
    table = np.zeros(1 << 24, np.uint8)
    for part in np.array_split(there, len(there) // 1000 + 1):
        distances = (_rgb(part)[:, None].astype(np.int32) - palette) ** 2
        table[part] = distances.sum(axis=2).argmin(axis=1)
    return table, palette.ravel().tolist()


def _codes(scale: Colormap) -> np.ndarray:
    """Return the colours of a scale from end to end."""
    return scale(np.arange(scale.N), bytes=True).view("<u4")[:, 0] & 0xFFFFFF


def _thinned(scales: Sequence[np.ndarray]) -> np.ndarray:
    """Return of each of some scales as many of its colours as its length asks for."""
    lengths = [np.linalg.norm(np.diff(_rgb(codes).astype(float), axis=0), axis=1).cumsum() for codes in scales]
    step = max(SMOOTH, sum(length[-1] for length in lengths) / (MOST_IN_RAMPS - 2 * len(scales)))
    places = (np.searchsorted(length, np.arange(0, length[-1], step)) for length in lengths)
    kept = [codes[np.unique([0, *at, len(codes) - 1])] for codes, at in zip(scales, places, strict=True)]
    return np.unique(np.concatenate([np.empty(0, np.uint32), *kept]))


def _rgb(codes: np.ndarray) -> np.ndarray:
    """Return the red, green and blue of colours."""
    return np.ascontiguousarray(codes, "<u4").view(np.uint8).reshape(-1, 4)[:, :3]
