"""What one implementation writes the other reads, to the last bit, in every backend."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from mdm.errors import DatasetError
from mdm.storage.store import Storage
from mdm.storage.types import plain_schema
from tests.unit.reference.conftest import Both
from tests.unit.storage.conftest import content, new
from tests.unit.storage.conftest import rows as table
from tests.unit.storage.test_round_trip import exact, tables


@given(rows=tables())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_either_reads_what_either_has_written(both: Both, rows: pa.Table) -> None:
    for writer, reader in (both, reversed(both)):
        writer.create(new(), {"data": rows.to_reader(3)}, replace=True)
        found = [storage.read("titanic", rows=2).read_all() for storage in (reader, writer)]
        assert [each.schema for each in found] == [plain_schema(rows.schema)] * 2
        assert [exact(each) for each in found] == [exact(rows)] * 2


@pytest.mark.parametrize("plain", [True, False])
def test_what_fails_leaves_nothing(both: Both, plain: bool) -> None:
    storage = both[0] if plain else both[1]

    def breaking() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"a": [1, 2]})
        raise DatasetError("the file ends here")

    with pytest.raises(DatasetError, match="ends here"):
        storage.create(new(), {"data": pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), breaking())})
    assert names(both) == [[], []]
    storage.create(new(), {"data": table(a=[1])})
    with pytest.raises(DatasetError, match="exists already"):
        storage.create(new(), {"data": table(a=[2])})
    assert [content(each.read("titanic")) for each in both] == [{"a": [1]}] * 2


def names(both: Both) -> list[list[str]]:
    return [storage.names() for storage in both]


def test_names_of_columns_are_quoted(both: Both) -> None:
    plain, fast = both
    odd = {'a"b': [1], "50%": ["%s"], "?": [None], "select": [b"\0'"]}
    plain.create(new(), {"data": table(**odd)})
    assert content(fast.read("titanic")) == content(plain.read("titanic")) == odd
    assert isinstance(plain, Storage)
