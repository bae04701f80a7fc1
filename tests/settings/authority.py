"""Certificates for one test, and a server that asks for one as PostgreSQL does."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_server, socket

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Return a certificate that vouches for itself, for ``127.0.0.1``, and its key."""
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    line = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    line += ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*line, "-out", str(paths[0]), "-keyout", str(paths[1])], check=True, capture_output=True)
    paths[1].chmod(0o600)
    return paths


@dataclass
class Seen:
    """A port, and what came there: the first bytes, the certificate that was shown, and what followed encrypted."""

    port: int
    start: bytes = b""
    shown: bytes | None = None
    encrypted: bytes = b""


@contextmanager
def answering(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[Seen]:
    """Listen for one connection; what asks for encryption gets *answer*, and then the handshake of *context*."""
    with closing(create_server(("127.0.0.1", 0))) as server:
        server.settimeout(20)
        seen = Seen(server.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(server, seen, answer, context))
        thread.start()
        yield seen
        thread.join()


def _serve(server: socket, seen: Seen, answer: bytes, context: ssl.SSLContext | None) -> None:
    with suppress(OSError), server.accept()[0] as connection:
        seen.start = connection.recv(8)
        if seen.start == SSL_REQUEST:
            connection.sendall(answer)
            if context is not None:
                with context.wrap_socket(connection, server_side=True) as encrypted:
                    seen.shown = encrypted.getpeercert(binary_form=True)
                    seen.encrypted = encrypted.recv(8)
