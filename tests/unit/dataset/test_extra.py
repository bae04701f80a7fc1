"""Without the extra ``data``."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["pyarrow", "polars"])
def test_what_to_install_is_told(package: str) -> None:
    code = f"import sys; sys.modules['{package}'] = None; import mdm.dataset.reading"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"the package {package} is not installed" in done.stderr
    assert "pip install 'ml-data-manager[data]'" in done.stderr
