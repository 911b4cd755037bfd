"""Work for processes and clusters in tests."""

import os
import signal
from pathlib import Path


def square(number):
    return number * number


def die_once(task):
    """Return a number squared; the first time it is asked for number 3, the process is killed in the middle of it."""
    number, marks = task
    mark = Path(marks) / f"{number}"
    if number == 3 and not mark.exists():
        mark.write_text("here")
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die(task):
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(number):
    from remnant.errors import InputError

    raise InputError("number", "must be even", number, "write 2")


def wait_long(task):
    import time

    Path(task).write_text(str(os.getpid()))
    time.sleep(600)
