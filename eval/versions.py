"""What was measured and with what: versions, and a digest of the code between them."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata, resources
from pathlib import Path


def versions() -> dict[str, str]:
    """Python, our code, and the packages on which figures rest."""
    found = {"python": platform.python_version(), "code": _code_digest()}
    for package in ("groundwork-rag", "ir-measures", "numpy"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"  # run from the source tree
    return found


def _code_digest() -> str:
    """sha256 (12 hex digits) over the source of ``rag`` and the prompts: what was measured, also between versions."""
    total = hashlib.sha256()
    for package in ("rag", "prompts"):
        root = Path(str(resources.files(package)))
        for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".md", ".json")):
            total.update(f"{package}/{path.relative_to(root).as_posix()}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:12]
