"""Datasets in parts for training and testing: the same data and seed give the same parts, in every backend."""

from __future__ import annotations

from mdm.dataset.splitting.reading import read_part, read_part_beside
from mdm.dataset.splitting.recipe import Recipe, recipe_of
from mdm.dataset.splitting.result import Part, Split, split_of
from mdm.dataset.splitting.split import split, split_again, tested_by_files

__all__ = [
    "Part",
    "Recipe",
    "Split",
    "read_part",
    "read_part_beside",
    "recipe_of",
    "split",
    "split_again",
    "split_of",
    "tested_by_files",
]
