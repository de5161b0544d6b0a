"""The numbers of a page, packed: each as it is written in the figures, and the colours of heat maps."""

from __future__ import annotations

import zlib

import numpy as np

from rnnscope.export.page.packing import packed
from rnnscope.numbers import written

FIRST_POWER = -60
"""The smallest power of ten that has a code of its own."""

PLACES, LEVELS = 256, 65
"""A table of colours has so many places for numbers, and one more; heat maps keep so many of them, evenly spaced."""

KEPT = [*(np.arange(LEVELS) * (PLACES - 1) / (LEVELS - 1)).round().astype(int).tolist(), PLACES]
"""The place of each level, and last that of what is not finite."""

TEXTS = 1 << 28
"""Codes from here on are places in a list of texts."""


class Numbers:
    """Numbers and heat maps, each stored once.

    A number is stored as the figures write it, with two or three digits: its code is its place among all such numbers
    in order of size, so that neighbouring epochs have neighbouring codes. What is written otherwise (NaN, very large
    ones) is stored as text.

    Attributes
    ----------
    channels
        For each array of numbers where its codes begin, how many digits it has, and its shape: units, times, samples,
        epochs; 1 where it is the same for all.
    heats
        For each array of colours where it begins, and its shape.
    """

    def __init__(self) -> None:
        self.channels: list[list[int]] = []
        self.heats: list[list[int]] = []
        self._texts: dict[str, int] = {}
        self._codes: list[np.ndarray] = []
        self._colours: list[np.ndarray] = []
        self._places: dict[tuple, int] = {}

    def add(self, values: np.ma.MaskedArray, digits: int = 3) -> int:
        """Return the place of an array of numbers, (epoch, sample, time, unit); what does not vary is kept once.

        Masked ones are written as nothing.
        """
        for axis in range(4):
            first = values[(slice(None),) * axis + (slice(1),)]
            if values.shape[axis] > 1 and all(
                np.array_equal(one(values), np.broadcast_to(one(first), values.shape), equal_nan=True)
                for one in (np.ma.getmaskarray, lambda array: np.ma.filled(array, 0.0))
            ):
                values = first
        codes = self._coded(values.T.ravel(), digits)
        key = digits, values.shape, codes.tobytes()
        if key not in self._places:
            self._places[key] = len(self.channels)
            self.channels.append([sum(map(len, self._codes)), digits, *values.shape[::-1]])
            self._codes.append(codes)
        return self._places[key]

    def add_heat(self, places: np.ndarray) -> int:
        """Return the place of an array of colours, (epoch, sample, time, unit) of places in a table of colours."""
        self.heats.append([sum(map(len, self._colours)), *places.shape[::-1]])
        self._colours.append(levels_of(places).T.ravel())
        return len(self.heats) - 1

    def packed(self) -> str:
        """Return the numbers: differences of samples, of these from number to number, in bytes by weight."""
        shapes = [channel[2:] for channel in self.channels]
        beside = [
            _between_samples(codes.reshape(shape)).ravel() for codes, shape in zip(self._codes, shapes, strict=True)
        ]
        steps = np.diff(np.concatenate([*beside, np.zeros(0, np.int32)]), prepend=np.int32(0))
        return packed(_positive(steps).view(np.uint8).reshape(-1, 4).T.tobytes())

    def packed_heats(self) -> str:
        """Return the colours: differences of samples, of these from epoch to epoch, a byte each.

        They are as good as random, so that codes by how often each is there are all that makes them smaller.
        """
        runs = [
            _between_samples(levels.reshape(heat[1:])) for levels, heat in zip(self._colours, self.heats, strict=True)
        ]
        steps = [np.diff(run, axis=3, prepend=np.int32(0)).ravel() for run in runs]
        raw = _positive(np.concatenate([*steps, np.zeros(0, np.int32)])).astype(np.uint8).tobytes()
        return packed(raw, zlib.Z_HUFFMAN_ONLY)

    @property
    def texts(self) -> list[str]:
        """What is written otherwise."""
        return list(self._texts)

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(map(len, self._codes))

    def _coded(self, values: np.ma.MaskedArray, digits: int) -> np.ndarray:
        """Return the code of each number; those that are rounded beyond doubt are rounded together."""
        numbers, span = np.abs(np.ma.filled(values, np.nan).astype(float)), 9 * 10 ** (digits - 1)
        plain = (numbers > 10.0 ** (FIRST_POWER + 1)) & (numbers < 10**digits - 1)
        plain &= ~((numbers > 9e-4) & (numbers < 1e-3))
        sizes = np.where(plain, numbers, 1.0)
        powers = np.floor(np.log10(sizes)).astype(int)
        exact = sizes * 10.0 ** (digits - 1 - powers)  # the mantissa, right to some units in the last place
        mantissas = np.rint(exact).astype(int)
        least, halfway = 10 ** (digits - 1), np.abs(exact - np.floor(exact) - 0.5)
        plain &= (halfway > 1e-9) & (mantissas >= least) & (mantissas < 10 * least)
        codes = np.copysign((powers - FIRST_POWER) * span + mantissas - least + 1, np.ma.getdata(values)).astype(
            np.int32
        )
        codes[numbers == 0] = 0
        missing = np.ma.getmaskarray(values)
        if missing.any():
            codes[missing] = self._text("")
        for k in np.flatnonzero(~plain & (numbers != 0) & ~missing):
            codes[k] = self._code(float(values[k]), digits)
        return codes

    def _code(self, value: float, digits: int) -> int:
        size, span = abs(value), 9 * 10 ** (digits - 1)
        if size < 10**digits - 1 and not (9e-4 < size < 1e-3) and size > 10.0 ** (FIRST_POWER + 1):
            mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
            place = (int(exponent) - FIRST_POWER) * span + int(mantissa.replace(".", "")) - 10 ** (digits - 1) + 1
            return place if value > 0 else -place
        return self._text(written(value, digits))

    def _text(self, text: str) -> int:
        return TEXTS + self._texts.setdefault(text, len(self._texts))


def levels_of(places: np.ndarray) -> np.ndarray:
    """Return the nearest level of each place in a table of colours."""
    nearest = (places * ((LEVELS - 1) / (PLACES - 1))).round().astype(np.int32)
    return np.where(places == PLACES, np.int32(LEVELS), nearest)


def _between_samples(values: np.ndarray) -> np.ndarray:
    """Return by how much numbers (unit, time, sample, epoch) differ from those of the sample before."""
    return np.diff(values, axis=2, prepend=np.int32(0))


def _positive(steps: np.ndarray) -> np.ndarray:
    """Return numbers of either sign as positive ones: 0, −1, 1, −2 … become 0, 1, 2, 3 …"""
    return ((steps << 1) ^ (steps >> 31)).astype("<u4")
