"""What a worker process does: one question at a time, with the warnings that came with the answer."""

from __future__ import annotations

import pickle
import signal
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from remnant.cores import use_cores
from remnant.errors import RemnantError, RemnantWarning

MOST_MEMORY = 6 * 2**30
"""Bytes of address space of a worker; machine code and threads take one to two of these six."""
Ask = Callable[[], Any]
"""A function of a module with its arguments, so that another process finds it."""
Told = tuple[Any, list[str]]
"""An answer and the warnings that came with it."""


@dataclass(frozen=True)
class Fault:
    """A fault of the program without its words, which may hold what a person wrote."""

    kind: str
    where: str


class FaultError(Exception):
    """A fault of the program in a worker."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


def told(ask: Ask) -> Told:
    """Return an answer with its warnings. Which are shown is one setting of a process: only one thread may call this."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RemnantWarning)
        answer = ask()
    return answer, list(dict.fromkeys(" ".join(str(one.message).split()) for one in caught))


def fault_of(error: BaseException) -> Fault:
    """Return what kind of fault it was, and where."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f"{last[0].filename.rsplit('/', 1)[-1]}, line {last[0].lineno}" if last else "nowhere"
    return Fault(type(error).__name__, where)


def work(connection: Connection) -> None:
    """Answer questions until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that serves
    _bound_memory()
    with suppress(EOFError, OSError):
        connection.send_bytes(pickle.dumps(None))  # it is there
        while True:
            most, ask = connection.recv()
            use_cores(most)
            connection.send_bytes(_answer(pickle.loads(ask)))


def _answer(ask: Ask) -> bytes:
    try:
        return pickle.dumps(told(ask))
    except RemnantError as error:
        return pickle.dumps(error)
    except Exception as error:  # noqa: BLE001  the asker is told that it was a fault, and the worker goes on
        return pickle.dumps(fault_of(error))


def _bound_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def warm_up() -> list[Ask]:
    """Return questions that bring in the machine code and the files of what is asked most."""
    from remnant.explain import explain
    from remnant.theory import laws

    return [partial(explain, {"about": name, "draws": 20}) for name in ("colon", "breast/er-positive")] + [laws]
