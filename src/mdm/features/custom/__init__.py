"""Features of the user: functions from frame to frame, in Python files of ``paths.custom_features_path``.

Each public function that a file defines gets a frame of Polars with the columns of the table, without target and
``mdm_split``, and returns one of the same length, whose columns are numbers or booleans. It is called on batches of
``performance.feature_batch_size`` rows, so a row of the result may depend on that row alone; that is tried on the first
batch. A column ``c`` that the function ``f`` returns is the feature ``f__c``, a float.

The files run in processes of their own, and a call takes at most 60 seconds. What goes wrong in one is said
with file and line; its features are left out, all others are made. A file of somebody else, or one that others may
change, is not run.
"""

from __future__ import annotations
