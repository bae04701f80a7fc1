"""Which fold a training row is in, when a feature of it must not know its own target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import narwhals as nw

FOLD: Final = "mdm_fold"
"""The column of the fold: 0 to `FOLDS` - 1 for training rows, -1 for all others."""

FOLDS: Final = 5

_SEED: Final = 20_011
_FACTOR: Final = 2_654_435_761  # 2 ** 32 by the golden ratio: neighbours land far apart
_WORD: Final = 2**32
_HALF: Final = 2**16


def fold_of(row: nw.Expr, training: nw.Expr) -> nw.Expr:
    """Return the fold by the place of the *row* alone: the same in any batch, engine and run."""
    import narwhals as nw

    mixed = (row.cast(nw.Int64()) * _FACTOR + _SEED) % _WORD
    return nw.when(training).then((mixed // _HALF) % FOLDS).otherwise(nw.lit(-1)).cast(nw.Int64()).alias(FOLD)
