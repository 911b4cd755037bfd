"""Workers: what takes too long or too much ends its own worker; who waits is served in turn; answers are kept for a while."""

import threading
import time
from functools import partial

import pytest
from web import slow

from remnant.errors import InputError
from remnant.web.computing import FaultError
from remnant.web.desk import WISHED_SECONDS, Desk, Memory
from remnant.web.limits import BusyError, TooMuchError, Work
from remnant.web.waiting import Job, Lines
from remnant.web.workers import Room, Workers


@pytest.fixture(scope="module")
def workers():
    made = Workers(Room(workers=2, waiting=6, wait_seconds=20, limit_seconds=3))
    made.wait_until_ready()
    yield made
    made.close()


def test_answers_refusals_and_faults_come_back(workers):
    assert workers.do(partial(slow.double, 4)) == (8, [])
    with pytest.raises(InputError, match="must be something else; came 'this'"):
        workers.do(partial(slow.refuse, "this"))
    with pytest.raises(FaultError) as caught:
        workers.do(partial(slow.fail, "secret"))
    assert caught.value.fault.kind == "RuntimeError"
    assert caught.value.fault.where.startswith("slow.py, line")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("hostile", [partial(slow.sleep, 600), slow.die])
def test_what_does_not_end_is_ended_and_others_go_on(workers, hostile):
    errors = []

    def attack():
        try:
            workers.do(hostile)
        except TooMuchError as error:
            errors.append(error)

    thread = threading.Thread(target=attack)
    thread.start()
    begun = time.monotonic()
    assert workers.do(partial(slow.double, 1)) == (2, [])
    assert time.monotonic() - begun < 15  # the other worker may just be starting
    thread.join(30)
    assert len(errors) == 1
    assert [workers.do(partial(slow.double, i))[0] for i in range(4)] == [0, 2, 4, 6]


def test_memory_is_bounded(workers):
    with pytest.raises(FaultError, match="MemoryError"):
        workers.do(partial(slow.take, 40))
    assert workers.do(partial(slow.double, 3)) == (6, [])


def test_many_at_once_are_all_answered_or_told(workers):
    told = []

    def one(i):
        try:
            told.append(workers.do(partial(slow.sleep, 0.01 + 0 * i))[0])
        except BusyError:
            told.append("busy")

    threads = [threading.Thread(target=one, args=(i,)) for i in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 30
    assert told.count(0.01) >= 6


def test_lines_are_served_in_turn_and_the_longest_gives_way():
    lines = Lines(3)
    many = [Job(b"%d" % i) for i in range(3)]
    assert [lines.put(job, "a") for job in many] == [None, None, None]
    assert lines.put(own := Job(b"a"), "a") is own
    assert lines.put(other := Job(b"b"), "b") is many[2]
    assert [lines.get(), lines.get(), lines.get()] == [many[0], other, many[1]]
    assert len(lines) == 0


def test_an_answer_is_computed_once_for_all_who_ask_at_the_same_time():
    calls = []

    class Counting(Work):
        def do(self, ask, whose="", *, long=False):
            calls.append(ask)
            return super().do(ask, whose)

    desk = Desk(Counting(waiting=20))
    told = []

    def one():
        told.append(desk.within(lambda seconds: partial(slow.sleep, 0.1 + seconds / 1e9))[0])

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert set(told) == {told[0]}


def test_less_time_when_many_wait():
    class Idle(Work):
        ahead = 0.0

    class Busy(Work):
        ahead = 5.0

    for kind, room in ((Idle, WISHED_SECONDS), (Busy, WISHED_SECONDS / 36)):
        assert Desk(kind()).within(lambda n: partial(slow.double, n))[0] == 2 * room


def test_memory_has_a_size_and_an_end_and_holds_no_question():
    memory = Memory(most=3000)
    for i in range(10):
        memory.put(memory.name(partial(slow.double, i)), ("x" * 900, []))
    assert memory.get(memory.name(partial(slow.double, 0))) is None
    assert memory.get(memory.name(partial(slow.double, 9))) == ("x" * 900, [])
    assert memory._size <= 3000
    marker = partial(slow.double, "zq9marker")
    memory.put(memory.name(marker), (1, []))
    assert "zq9marker" not in repr(memory.__dict__)
    short = Memory(seconds=-1.0)
    short.put(short.name(marker), (1, []))
    assert short.get(short.name(marker)) is None
    assert Memory().name(marker) != memory.name(marker)
