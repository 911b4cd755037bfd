"""Where numba keeps machine code: a folder named after the sources, so that a changed source starts a fresh one.

numba looks only at the file of the function it compiles. When a function called from another file changes, it reuses
old machine code and gives wrong numbers without a word.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for this exact state of the sources: under the user's cache, or a temporary one.

    Returns
    -------
    Path
        Not yet made; in the user's cache folder if that can be written, else in the folder for temporary files.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parent = next((p for p in (base, *base.parents) if p.is_dir()), base)
    if not os.access(parent, os.W_OK):
        base = Path(tempfile.gettempdir())
    return base / "remnant" / f"numba-{sources_digest()}"


def sources_digest() -> str:
    """Return 16 hexadecimal digits that change whenever a source file of the package changes."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        digest.update(str(path.relative_to(here)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
