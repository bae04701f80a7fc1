"""Configuration files as settings with their places: YAML and JSON, in bounded time and memory."""

from mdm.config.documents.document import Document, Entry, decoded, parse_document, read_document, to_tree, walk

__all__ = ["Document", "Entry", "decoded", "parse_document", "read_document", "to_tree", "walk"]
