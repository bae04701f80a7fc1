"""Several files as one table: parts of the same shape, or the training and test rows of a competition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.dataset.reading.source import SPLIT_COLUMN, Source
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_TRAIN: Final = re.compile(r"(.*[_-])?train(ing)?([_-]?(data|set))?", re.IGNORECASE)
_TEST: Final = re.compile(r"(.*[_-])?test(ing)?([_-]?(data|set))?", re.IGNORECASE)
_SAMPLE: Final = re.compile(r".*(sample.?submission|gender_submission|submission.?(sample|format)).*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Competition:
    """The files of a competition."""

    train: Path
    test: Path | None
    sample: Path | None


def competition(paths: Sequence[Path]) -> Competition | None:
    """Return which of *paths* are which files of a competition; none where not exactly one holds training rows."""
    train, test, sample = ([each for each in paths if rule.fullmatch(_stem(each))] for rule in (_TRAIN, _TEST, _SAMPLE))
    if len(train) != 1 or len(test) > 1 or not (test or sample):
        return None
    return Competition(train[0], test[0] if test else None, sample[0] if len(sample) == 1 else None)


def with_splits(train: Source, test: Source | None = None, sample: Source | None = None) -> Source:
    """Return the rows of training and test file as one table, with a column ``mdm_split`` that tells them apart.

    The target, which the test file lacks, is missing there. The sample of a submission names the rows' identifier
    first and the target next; without one the target is the one column that the test file lacks.
    """
    if SPLIT_COLUMN in train.schema.names:
        raise FileError(Problem(f"has a column {SPLIT_COLUMN}", train.where, "rename it: MDM adds one of this name"))
    names = tuple(sample.schema.names) if sample else ()
    absent = [name for name in train.schema.names if test and name not in test.schema.names]
    target = next((name for name in names[1:] if name in train.schema.names), None)
    if target is None and len(absent) == 1:
        target = absent[0]
    ids = tuple(name for name in names[:1] if name in train.schema.names and name != target)
    both = [train, test] if test else [train]
    return _joined(both, ("train", "test"), target, ids)


def of_parts(sources: Sequence[Source]) -> Source:
    """Return files with the same columns, in any order, as one table."""
    first = sources[0]
    for other in sources[1:]:
        if set(other.schema.names) != set(first.schema.names):
            different = sorted(set(other.schema.names) ^ set(first.schema.names))
            message = f"has other columns than {first.where}: {', '.join(different[:10])}"
            raise FileError(Problem(message, other.where, "register them one by one"))
    return _joined(sources, (), None, ())


def _joined(sources: Sequence[Source], splits: tuple[str, ...], target: str | None, ids: tuple[str, ...]) -> Source:
    first = sources[0]
    schema = _schema(sources)
    full = schema.append(pa.field(SPLIT_COLUMN, pa.string())) if splits else schema

    def stream(chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        for index, source in enumerate(sources):
            for batch in source.stream(chunk_size, chunk_bytes):
                arrays = [_column(batch, each) for each in schema]
                arrays += [pa.array([splits[index]] * batch.num_rows)] if splits else []
                yield pa.RecordBatch.from_arrays(arrays, schema=full)

    return Source(
        tuple(path for source in sources for path in source.paths),
        full,
        stream,
        first.performance,
        typed=first.typed,
        target=target,
        ids=ids,
        notices=tuple(notice for source in sources for notice in source.notices),
        rejects=first.rejects,
    )


def _schema(sources: Sequence[Source]) -> pa.Schema:
    if len({source.typed for source in sources}) > 1:
        names = ", ".join(source.where for source in sources)
        raise FileError(Problem("are files of different formats", names, "bring them to one format"))
    fields: dict[str, pa.DataType] = {}
    for source in sources:
        for each in source.schema:
            fields[each.name] = _common(fields.get(each.name, each.type), each.type)
    return pa.schema(list(fields.items()))


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other:
        return one
    return pa.float64() if {one, other} == {pa.int64(), pa.float64()} else pa.string()


def _column(batch: pa.RecordBatch, wanted: pa.Field) -> pa.Array:
    if wanted.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, wanted.type)
    return batch.column(wanted.name).cast(wanted.type, safe=False)


def _stem(path: Path) -> str:
    return path.name.split(".")[0]
