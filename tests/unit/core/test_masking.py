"""Passwords in texts, and names that say that a secret follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.core.masking import MASK, is_secret_name, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgresql://me:hunter2@host:5432/db", f"postgresql://me:{MASK}@host:5432/db"),
        ("postgresql://me:hun@ter2@host/db", f"postgresql://me:{MASK}@host/db"),
        ("redis://:hunter2@host", f"redis://:{MASK}@host"),
        ("see https://u:p@h/, and https://h:80/x", f"see https://u:{MASK}@h/, and https://h:80/x"),
        ("postgresql://h/db?user=me&password=hunter2&ssl=1", f"postgresql://h/db?user=me&password={MASK}&ssl=1"),
        ("host=h password='a b' user=me", f"host=h password={MASK} user=me"),
        ("https://h/?api_key=abc", f"https://h/?api_key={MASK}"),
        ("https://h/?sig=abc&X-Amz-Signature=d", f"https://h/?sig={MASK}&X-Amz-Signature={MASK}"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("mail me@host: it is 12:30", "mail me@host: it is 12:30"),
        ("a=b c==d", "a=b c==d"),
    ],
)
def test_passwords_in_a_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@given(st.text(alphabet="ab:/@?&= '\"", max_size=40), st.from_regex(r"[A-Z]{12}", fullmatch=True))
def test_a_password_never_stays(around: str, password: str) -> None:
    assert password not in mask_text(f"{around} postgresql://u:{password}@h/ {around}")
    assert password not in mask_text(f"{around} postgresql://h/?password={password}")


@pytest.mark.parametrize(
    "name", ["password", "MDM_PG_PASSWORD", "api.key", "apiKey", "auth", "pass", "db_passwd", "passwords"]
)
def test_a_name_of_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["key_columns", "author", "passes", "monkey", "passenger"])
def test_a_name_that_only_looks_like_one(name: str) -> None:
    assert not is_secret_name(name)
