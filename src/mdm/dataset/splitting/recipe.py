"""How a dataset is split: what is asked for, checked, and kept with the dataset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mdm.errors import Problem, UsageError

Method: TypeAlias = Literal["random", "stratified", "time", "group"]

TRAIN, VALIDATION, TEST = "train", "validation", "test"
_MOST_FOLDS: Final = 100
_TEST_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which rows go where: *shares* are the parts with the share of the rows that each gets.

    ``random`` deals rows out by chance; ``stratified`` does so within each value of *column*; ``time`` sorts by
    *column*, the first part being the earliest, equal times together; ``group`` keeps rows of one value of *column*
    together. Chance is decided by *seed* and the number of the row, or the name of the group, and by nothing else.
    """

    method: Method
    column: str | None
    seed: int
    shares: tuple[tuple[str, float], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parts."""
        return tuple(name for name, _ in self.shares)

    def boundaries(self) -> tuple[float, ...]:
        """Return the share of the rows before the end of each part but the last."""
        ends, sum_ = [], 0.0
        for _, share in self.shares[:-1]:
            sum_ += share
            ends.append(sum_)
        return tuple(ends)

    def __str__(self) -> str:
        """Return what people read: ``stratified by Survived, seed 0``."""
        by = f" by {self.column}" if self.column else ""
        return f"{self.method}{by}" if self.method == "time" else f"{self.method}{by}, seed {self.seed}"


def recipe_of(  # noqa: PLR0913 (what can be said of a split)
    test: float | None = None,
    validation: float | None = None,
    folds: int | None = None,
    *,
    stratify: str | None = None,
    time: str | None = None,
    group: str | None = None,
    seed: int = 0,
    tested: bool = False,
) -> Recipe:
    """Return the recipe for what is said; raises UsageError, with every problem, for what does not go together.

    Nothing said means a test part of a fifth. With *tested* the files have said which rows the test part is, and the
    others are split: into train and validation, or folds.
    """
    if problems := list(_problems(test, validation, folds, (stratify, time, group), tested=tested)):
        raise UsageError(*problems)
    method: Method = "stratified" if stratify else "time" if time else "group" if group else "random"
    column = stratify or time or group
    if folds is not None:
        return Recipe(method, column, seed, tuple((f"fold{number}", 1 / folds) for number in range(1, folds + 1)))
    if test is None and validation is None:
        test, validation = (None, _TEST_SHARE) if tested else (_TEST_SHARE, None)
    asked = ((VALIDATION, validation or 0.0), (TEST, test or 0.0))
    rest = 1 - sum(share for _, share in asked)
    return Recipe(method, column, seed, ((TRAIN, rest), *((name, share) for name, share in asked if share)))


def _problems(
    test: float | None,
    validation: float | None,
    folds: int | None,
    columns: tuple[str | None, ...],
    *,
    tested: bool,
) -> Iterator[Problem]:
    for name, share in (("--test", test), ("--validation", validation)):
        if share is not None and not 0 < share < 1:
            yield Problem(f"{share:g} is not a share of the rows", name, "more than 0 and less than 1, such as 0.2")
    if (test or 0) + (validation or 0) >= 1:
        yield Problem("nothing is left to train on", "--test, --validation", "together less than 1")
    if folds is not None and not 2 <= folds <= _MOST_FOLDS:
        yield Problem(f"{folds} folds cannot be made", "--folds", f"2 to {_MOST_FOLDS}")
    if folds is not None and (test is not None or validation is not None):
        yield Problem("folds have no other part", "--folds", "say either --folds, or --test and --validation")
    if len([column for column in columns if column]) > 1:
        yield Problem("more than one way to split", hint="say one of --stratify, --time and --group")
    if tested and test is not None:
        hint = "say --validation or --folds, which split the other rows"
        yield Problem("the files have said which rows the test part is", "--test", hint)
