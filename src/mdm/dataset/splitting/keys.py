"""Chance that everybody gets the same: numbers made of a seed and of what a row is called."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import polars as pl

_STEP: Final = 0x9E3779B97F4A7C15
_ROUNDS: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))
_BITS: Final = 2**64


def keys_of_rows(seed: int, start: int, count: int) -> pl.Series:
    """Return a number of 64 bits for each of *count* rows from *start* on, a different one for each: SplitMix64."""
    begin = (key_of_name(seed, "") + start * _STEP) % _BITS
    key = pl.int_range(count, dtype=pl.UInt64) * pl.lit(_STEP, pl.UInt64) + pl.lit(begin, pl.UInt64)
    for shift, factor in _ROUNDS:
        key = (key ^ (key // pl.lit(2**shift, pl.UInt64))) * pl.lit(factor, pl.UInt64)
    return pl.select(key.alias("key"))["key"]


def key_of_name(seed: int, name: str) -> int:
    """Return a number of 64 bits for what is called *name*."""
    digest = blake2b(f"{seed}:{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
