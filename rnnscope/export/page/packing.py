"""How data stand in a page: compressed, five letters for four bytes."""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from typing import Any

ALIKE = bytes.maketrans(b"<", b".")
"""A letter that means something in HTML is written as another one."""


def packed(raw: bytes, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> str:
    """Return bytes as a text for a page.

    Examples
    --------
    >>> unpacked(packed(b"one two three")) == b"one two three"
    True
    """
    packing = zlib.compressobj(9, strategy=strategy)
    return b85encode(packing.compress(raw) + packing.flush()).translate(ALIKE).decode()


def packed_json(found: Any) -> str:
    """Return data as a text for a page."""
    return packed(json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode())


def unpacked(text: str) -> bytes:
    """Return the bytes of a text in a page."""
    return zlib.decompress(b85decode(text.encode().translate(bytes.maketrans(b".", b"<"))))
