"""The folder of a study: a manifest, parts written whole, a receipt for each, and a lock that dies with its process.

A part counts once its receipt stands. Each file is written under a temporary name, forced to the disk and renamed, so a
run that is killed at any moment leaves whole files and temporary ones, never half a file under its real name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from remnant.errors import FolderError
from remnant.jit_cache import sources_digest
from remnant.study.chunk import LIVES
from remnant.study.plan import StudyPlan

MANIFEST, LOCK, RECEIPTS, TEMPORARY = "study.json", "lock", "receipts", ".tmp"
OURS = {MANIFEST, LOCK, RECEIPTS, LIVES, "events", "report.html", "results.json"}
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
LAYOUT = 1


@dataclass(frozen=True)
class Part:
    """The tables of one chunk as Parquet files, by table."""

    chunk: int
    files: Mapping[str, bytes]
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Folder:
    """Where the parts of one study lie."""

    path: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """What study this is.

        Raises
        ------
        FolderError
            If it is not the folder of a study.
        """
        try:
            document = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise FolderError(f"{self.path} is not the folder of a study: it has no {MANIFEST}") from None
        except (OSError, ValueError) as error:
            raise FolderError(
                f"{self.path / MANIFEST} cannot be read ({error}); it was changed by hand or the disk fails"
            ) from None
        if not isinstance(document, dict) or document.get("layout") != LAYOUT:
            raise FolderError(f"{self.path / MANIFEST} is not of this version of remnant")
        return document

    def part_path(self, table: str, chunk: int) -> Path:
        """Return where a table of a chunk lies."""
        return self.path / table / f"part-{chunk:06d}.parquet"

    def receipt_path(self, chunk: int) -> Path:
        """Return where the receipt of a chunk lies."""
        return self.path / RECEIPTS / f"part-{chunk:06d}.json"

    def complaint(self, chunk: int, deep: bool = True) -> str | None:
        """Return what is wrong with the part of a chunk: None for nothing, "missing" where it was never finished.

        Parameters
        ----------
        chunk : int
        deep : bool
            Whether every byte is read; else lengths only.
        """
        receipt = self.receipt_path(chunk)
        try:
            document = json.loads(receipt.read_text(encoding="utf-8"))
            files = {table: (of["bytes"], of["sha256"], of["rows"]) for table, of in document["files"].items()}
        except FileNotFoundError:
            return "missing"
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return f"{receipt.name} cannot be read"
        for table, (length, digest, rows) in files.items():
            said = _complaint_of(self.part_path(table, chunk), length, digest if deep else None, rows)
            if said is not None:
                return said
        return None

    def done(self, deep: bool = False) -> list[int]:
        """Return the chunks whose parts are whole."""
        return [chunk for chunk in range(self.manifest["chunks"]) if self.complaint(chunk, deep) is None]


def _complaint_of(path: Path, length: int, digest: str | None, rows: int) -> str | None:
    try:
        found = path.stat().st_size
        if found != length:
            return f"{path.name} has {found:,} bytes of {length:,}"
        if digest is None:
            return None
        data = path.read_bytes()
    except OSError as error:
        return f"{path.name} cannot be read ({error.strerror})"
    if hashlib.sha256(data).hexdigest() != digest:
        return f"{path.name} is not what was written"
    counted = rows_of(data)
    return None if counted == rows else f"{path.name} has {counted} rows of {rows}"


def rows_of(data: bytes) -> int | None:
    """Return how many rows a Parquet file says it has; None where it has no footer that can be read."""
    import pyarrow as pa
    from pyarrow.parquet import read_metadata

    try:
        return int(read_metadata(io.BytesIO(data)).num_rows)
    except (pa.ArrowException, OSError):
        return None


@cache
def code_digest() -> str:
    """Return what names the sources this process began with; read once, for every part names it."""
    return sources_digest()


def manifest_of(plan: StudyPlan) -> dict[str, Any]:
    """Return what names a study, its patients, its chunks and the code that makes them."""
    design = plan.design
    libraries = {name: version(name) for name in ("numpy", "numba", "pyarrow", "scipy")}
    return {
        "layout": LAYOUT, "name": design.name, "digest": plan.digest, "code": code_digest(), "version": version("remnant"),
        "libraries": libraries, "patients": design.patients, "arms": [arm.name for arm in design.arm], "chunks": design.chunks,
        "study": design.model_dump(mode="json"), "site_kinds": plan.site_kinds,
        "scans": [name for name, exam in plan.exams.items() if exam.kind == "imaging"],
    }  # fmt: skip


def open_for(plan: StudyPlan, path: str | Path) -> Folder:
    """Return the folder of this study, made where there was none; its lock must be held.

    Raises
    ------
    FolderError
        If another study, or the same one by other code, lies there.
    """
    folder, wanted = Folder(Path(path)), manifest_of(plan)
    if not (folder.path / MANIFEST).exists():
        strangers = sorted(one.name for one in folder.path.iterdir() if _is_strange(one.name))
        if strangers or any(
            (folder.path / table).is_dir() and any((folder.path / table).iterdir()) for table in (LIVES, RECEIPTS)
        ):
            what = ", ".join(strangers[:3]) or "parts without a manifest"
            raise FolderError(f"{path} is neither empty nor the folder of a study: it holds {what}; choose another folder")
        write_whole(folder.path / MANIFEST, json.dumps(wanted, indent=1, sort_keys=True).encode())
    _check_same(folder, wanted)
    if folder.manifest != json.loads(json.dumps(wanted)):
        # the same lives are asked something else
        write_whole(folder.path / MANIFEST, json.dumps(wanted, indent=1, sort_keys=True).encode())
    for leftover in [*folder.path.glob(f"*{TEMPORARY}"), *folder.path.glob(f"*/*{TEMPORARY}")]:
        leftover.unlink()
    return folder


def _is_strange(name: str) -> bool:
    """Return whether this is neither ours, nor a leftover of ours, nor a hidden file some file browser made."""
    return name not in OURS and not name.endswith(TEMPORARY) and not name.startswith(".")


def _check_same(folder: Folder, wanted: dict[str, Any]) -> None:
    there = folder.manifest
    if there["digest"] != wanted["digest"]:
        same = "an earlier state of this study" if there["name"] == wanted["name"] else f"another study, {there['name']!r}"
        words = f"{folder.path} holds {same} ({there['digest'][:12]}, not {wanted['digest'][:12]})"
        raise FolderError(f"{words}; nothing was changed there: choose another folder")
    for name in ("code", "libraries"):
        if there[name] != wanted[name]:
            words = f"{folder.path} was begun by other {name} ({_short(there[name])}, not {_short(wanted[name])})"
            raise FolderError(f"{words}; parts of two kinds must not be mixed: use what began it, or choose another folder")


def _short(value: Any) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


@contextlib.contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Hold the lock of a folder, made where it was not; the system lets go of it when the process ends in any way.

    Raises
    ------
    FolderError
        If another run holds it, or the folder cannot be made.
    """
    import fcntl

    try:
        Path(path).mkdir(parents=True, exist_ok=True)
        handle = os.open(Path(path) / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise FolderError(f"{path} cannot be used as a folder: {error.strerror}; choose another one") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(handle, 200, 0).decode(errors="replace").strip()
            raise FolderError(f"another run works in {path} ({owner}); wait for it, or choose another folder") from None
        with contextlib.suppress(OSError):
            # only for people; on a full disk the lock holds without it
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} on {os.uname().nodename}".encode(), 0)
        yield
    finally:
        os.close(handle)


def is_running(path: str | Path) -> bool:
    """Return whether a run works in a folder now."""
    import fcntl

    try:
        handle = os.open(Path(path) / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def part_of(chunk: int, tables: Mapping[str, Any], plan: StudyPlan) -> Part:
    """Return the tables of a chunk as Parquet files, which say what made them; the same bytes for the same tables."""
    from pyarrow import BufferOutputStream
    from pyarrow.parquet import write_table

    made = {"remnant.study": plan.digest, "remnant.chunk": str(chunk), "remnant.code": code_digest()}
    files = {}
    for name, table in tables.items():
        stream = BufferOutputStream()
        write_table(table.replace_schema_metadata(made), stream, compression="zstd")
        files[name] = stream.getvalue().to_pybytes()
    return Part(chunk, files, {name: table.num_rows for name, table in tables.items()})


def keep(folder: Folder, part: Part) -> None:
    """Write a part, then its receipt.

    Raises
    ------
    FolderError
        If the disk is full or the folder cannot be written: what was there before is as it was.
    """
    receipt = {}
    for table, data in sorted(part.files.items()):
        write_whole(folder.part_path(table, part.chunk), data)
        receipt[table] = {"bytes": len(data), "rows": part.rows[table], "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps({"chunk": part.chunk, "files": receipt}, indent=1, sort_keys=True)
    write_whole(folder.receipt_path(part.chunk), text.encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, force it to the disk, and put it in place in one step.

    Raises
    ------
    FolderError
        If the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        path.parent.mkdir(exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _force_names(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        why = "the disk is full" if error.errno in NO_SPACE else f"it cannot be written ({error.strerror})"
        words = f"{path}: {why}; what was done before is kept"
        raise FolderError(f"{words}: make room, then run the same command again to go on from there") from None


def _force_names(folder: Path) -> None:
    """Force the names in a folder to the disk: a rename is safe only then."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
