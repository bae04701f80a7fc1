"""Numbers to train on, made of the columns of a dataset: one file a family.

A family is fitted on the training part, which gives a flat list of `Feature`: names, small tables and literals that
JSON keeps. Each of them says how its column is computed of a row, so rows stream, in any batches, through any engine.
Needs the extra ``features``.
"""

from __future__ import annotations

from importlib.util import find_spec

from mdm.errors import Problem
from mdm.integrations.extras import MissingExtraError

for _package in ("narwhals", "numpy", "sklearn"):
    if find_spec(_package) is None:
        _hint = "pip install 'ml-data-manager[features]'"
        raise MissingExtraError(Problem(f"the package {_package} is not installed", "mdm.features", _hint))
