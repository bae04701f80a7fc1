"""Fetching from object stores, by fsspec (extra ``remote``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.config.remote.answer import LIMIT, Answer, NotFetchedError, too_large

if TYPE_CHECKING:
    from mdm.core.url import Url

_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "abfs": "adlfs"}


def fetch_store(url: Url) -> Answer:
    """Return the object at *url*; raises `NotFetchedError`. Credentials are those that fsspec finds by itself."""
    try:
        import fsspec

        with fsspec.open(url.text, "rb") as file:
            content: bytes = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise NotFetchedError("no such file", url.shown, "correct the address") from None
    except PermissionError:
        raise NotFetchedError("permission denied", url.shown, "see which credentials fsspec finds") from None
    except ImportError as error:
        missing = "ml-data-manager[remote]" if error.name == "fsspec" else _PACKAGES.get(url.scheme, url.scheme)
        raise NotFetchedError(f"a package for {url.scheme} is missing", url.shown, f"pip install '{missing}'") from None
    except Exception as error:  # noqa: BLE001  # each store has errors of its own, and they may quote credentials
        raise NotFetchedError(f"cannot be fetched: {type(error).__name__}", url.shown) from None
    if len(content) > LIMIT:
        raise too_large(url.shown)
    return Answer(content)
