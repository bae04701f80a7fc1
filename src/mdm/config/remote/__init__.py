"""A configuration that lies at an address: fetched in bounded time and size, with the last good copy for bad days."""

from mdm.config.remote.reading import Fetched, forget, keep, read_remote

__all__ = ["Fetched", "forget", "keep", "read_remote"]
