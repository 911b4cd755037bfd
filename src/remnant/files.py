"""Files at the doors: read with clear words, written whole or not at all."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from remnant.errors import InputError

STDIN = "-"


def read_text(path: str) -> str:
    """Return the text of a file, or of standard input for `-`.

    Raises
    ------
    InputError
        If the file is missing, a folder, empty, not readable or not text.
    """
    try:
        text = sys.stdin.read() if path == STDIN else Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, "must be text in UTF-8", f"a byte that is not, at {error.start}") from None
    except OSError as error:
        raise InputError(path, "must be a file that can be read", error.strerror or str(error)) from None
    if not text.strip():
        raise InputError(path, "must not be empty", "an empty file")
    return text


def read_json(path: str) -> Any:
    """Return the JSON document in a file, or from standard input for `-`.

    Raises
    ------
    InputError
        If the file cannot be read or is not JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise InputError(where, f"must be JSON ({error.msg})", text[error.pos :][:20]) from None
    except RecursionError:
        raise InputError(path, "must be JSON that is not nested so deeply", text[:20]) from None


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the TOML document in a file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), "must be a TOML file that can be read", str(error)) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), "must be TOML", str(error)) from None


def check_target(path: str) -> None:
    """Refuse a file that could not be written, before anything is computed for it.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written, or the file is a folder.
    """
    target = Path(path).resolve()
    if target.is_dir():
        raise InputError(path, "must be a file to write", "a folder")
    if target.exists() and not target.is_file():
        raise InputError(path, "must be an ordinary file", "a device or a pipe")
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        allowed = "must be in a folder that exists and can be written"
        raise InputError(path, allowed, error.strerror or str(error), "choose another place") from None


def make_folder(path: str) -> Path:
    """Return a folder that exists and can be written, made if it is not there.

    Raises
    ------
    InputError
        If it cannot be made or written.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        allowed = "must be a folder that can be written"
        raise InputError(path, allowed, error.strerror or str(error), "choose another place") from None
    return folder


def write_whole(path: str | Path, write: Callable[[Path], None]) -> None:
    """Write a file by `write(temporary path)` beside it, then put it in place in one step.

    Parameters
    ----------
    path : str or Path
        The file to write; an older one stays as it is unless the new one is complete.
    write : callable
        Writes everything to the path it is given.
    """
    target = Path(path).resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        # mkstemp makes private files; a report is as readable as any other file its owner makes
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)
        part.replace(target)
    except OSError as error:
        raise InputError(str(path), "must be a file that can be written", error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write text to a file, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes to a file, whole or not at all."""

    def write(part: Path) -> None:
        part.write_bytes(content)

    write_whole(path, write)


def write_parquet(path: str | Path, table: Any) -> None:
    """Write a pyarrow Table to a Parquet file, whole or not at all."""
    from pyarrow.parquet import write_table

    write_whole(path, lambda part: write_table(table, part))
