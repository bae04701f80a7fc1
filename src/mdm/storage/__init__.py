"""Where datasets are kept: one file a backend, Arrow record batches in and out, every change a transaction.

``registry.open_storage(config)`` gives the `Storage` of the configured backend. Nothing is imported, opened or
created before it is used.
"""
