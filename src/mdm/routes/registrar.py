"""Registration, with both of its implementations: the name of the dataset says which one is for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from mdm.dataset import registration
from mdm.dataset.detection import detect
from mdm.dataset.reading import ReadingOptions, open_source
from mdm.dataset.registration import Registration, rows_of
from mdm.routes.standing import Standing
from mdm.routes.storage import SAMPLE
from mdm.storage.info import DatasetInfo
from mdm.testing.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.dataset.detection import Detection
    from mdm.dataset.reading import Source

FLAG: Final = "use_new_registrar"

_FIRST_ROWS: Final = 1000


def registrar(config: MDMConfig) -> Callable[[Registration], DatasetInfo]:
    """Return what registers datasets in a program whose configuration is *config*."""
    return Route(
        FLAG,
        _register_plainly,
        registration.register,
        name="registrar",
        subject=lambda order: order.name,
        sample=SAMPLE,
        probes=(_plain_glance, _glance),
        flags=Standing(config),
    )


def _register_plainly(order: Registration) -> DatasetInfo:
    from mdm.reference.registrar import register

    return register(order)


def _glance(order: Registration) -> dict[str, Any]:
    return _seen(order, open_source, detect, rows_of)


def _plain_glance(order: Registration) -> dict[str, Any]:
    from mdm.reference import registrar as plain

    return _seen(order, plain.open_plain, plain.detect, plain.rows_of)


def _seen(
    order: Registration,
    opener: Callable[..., Source],
    detector: Callable[..., Detection],
    reader: Callable[[Source, Detection], pa.RecordBatchReader],
) -> dict[str, Any]:
    """Return what is detected of the first rows, and these rows."""
    source = _first_rows(opener(order.paths, order.config.performance, _quiet(order)))
    detection = detector(source, order.config.datasets, order.said)
    return {"detection": detection.as_dict(), "rows": reader(source, detection).read_all().to_pylist()}


def _quiet(order: Registration) -> ReadingOptions:
    """Return options that leave no file of rejected rows."""
    return replace(order.options or ReadingOptions(), on_bad_row="skip", rejects=None)


def _first_rows(source: Source) -> Source:
    def stream(chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        return islice(source.stream(min(chunk_size, _FIRST_ROWS), chunk_bytes), 1)

    return replace(source, stream=stream)
