"""What PostgreSQL's refusals mean to a person. None of the messages holds a password."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg
import pyarrow as pa
from psycopg import errors

from mdm.core.masking import mask_text
from mdm.errors import Problem, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_REASONS: Final = (
    ("password authentication failed", "database.postgresql_user and database.postgresql_password"),
    ("no password supplied", "database.postgresql_password"),
    ("role", "database.postgresql_user"),
    ("database", "database.postgresql_database"),
    ("timeout", "database.postgresql_host, database.postgresql_port and database.connection_timeout"),
    ("certificate", "database.postgresql_sslmode, database.postgresql_sslrootcert, _sslcert and _sslkey"),
    ("ssl", "database.postgresql_sslmode"),
)
_MEANINGS: Final[dict[type[psycopg.Error], tuple[str, str]]] = {
    errors.DiskFull: ("no space left on the disk of the server", "free some space there, then run the command again"),
    errors.LockNotAvailable: (
        "somebody else is changing this dataset",
        "run the command again, or wait longer: database.connection_timeout",
    ),
    errors.CharacterNotInRepertoire: (
        "a text holds a NUL character, which PostgreSQL cannot keep",
        "use another backend",
    ),
    errors.ProgramLimitExceeded: (
        "a row is larger than a page of PostgreSQL, 8 KiB without its long texts",
        "use another backend, or fewer columns",
    ),
    errors.ReadOnlySqlTransaction: ("not a query that only reads", "write one SELECT statement"),
    errors.DependentObjectsStillExist: (
        "its schema holds more than the dataset",
        "move or remove what was put there, then run the command again",
    ),
}


def unreachable(error: psycopg.Error, where: str) -> StorageError:
    """Return what it means that no connection was made."""
    text = " ".join(str(error).split())
    reason = text.rpartition("FATAL: ")[2].removeprefix("connection failed: ").strip()
    reason = reason.partition(" Is the server running")[0]  # the hint asks that
    settings = next((names for part, names in _REASONS if part in reason.lower()), None)
    hint = f"see {settings or 'database.postgresql_host and database.postgresql_port; is the server running?'}"
    return StorageError(Problem(f"cannot connect: {mask_text(reason)}", where, hint))


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn errors of PostgreSQL, met at *where*, into StorageError."""
    try:
        yield
    except psycopg.Error as error:
        raise _refused(error, where) from None
    except pa.ArrowException as error:
        raise StorageError(Problem(str(error).partition("\n")[0], where)) from error


def _refused(error: psycopg.Error, where: str) -> StorageError:
    for kind, (message, hint) in _MEANINGS.items():
        if isinstance(error, kind):
            context = (error.diag.context or "").partition(":")[0]
            return StorageError(Problem(f"{message} ({context})" if context else message, where, hint))
    if isinstance(error, errors.InsufficientPrivilege):
        hint = "the owner of the database can GRANT it; see database.postgresql_user"
        return StorageError(Problem(error.diag.message_primary or "permission denied", where, hint))
    if error.diag.message_primary is None or isinstance(error, (errors.AdminShutdown, errors.CrashShutdown)):
        hint = "nothing was changed; run the command again when the server is back"
        return StorageError(Problem("the connection to the server was lost", where, hint))
    return StorageError(Problem(error.diag.message_primary, where, error.diag.message_hint or ""))
