"""Work is the same wherever it is done, and goes on when workers die."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from study_cases import contents, design
from study_work import die, die_once, refuse, square, wait_long

from remnant import execute
from remnant.errors import InputError, WorkerError
from remnant.execute import Place, do_all
from remnant.study.folder import RECEIPTS
from remnant.study.plan import plan_of, text_of
from remnant.study.run import Task, do_chunk, run_study

HERE = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a study run in this process without disturbance."""
    folder = tmp_path_factory.mktemp("whole")
    run_study(plan_of(design()), folder, Place(), lambda _: None)
    return contents(folder)


def listen(command):
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler and two workers, each a process of its own: the address and the workers."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    python = [sys.executable, "-m"]
    options = ["--no-dashboard", "--scheduler-file", str(file)]
    scheduler = listen([*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *options])
    worker = [*python, "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1", *options]
    workers = [listen(worker) for _ in range(2)]
    limit = time.monotonic() + 60
    while not file.exists() and time.monotonic() < limit:
        time.sleep(0.1)
    yield json.loads(file.read_text())["address"], workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def test_every_place_does_every_task_once():
    tasks = list(range(7))
    for place in (Place(), Place(workers=2)):
        assert dict(do_all(square, tasks, place)) == {n: n * n for n in tasks}
        assert dict(do_all(square, [], place)) == {}


def test_a_killed_worker_process_is_replaced(tmp_path):
    tasks = [(number, str(tmp_path)) for number in range(8)]
    assert sorted(do_all(die_once, tasks, Place(workers=2))) == [(n, n * n) for n in range(8)]
    assert (tmp_path / "3").exists()


def test_workers_that_keep_dying_are_given_up_in_one_sentence(monkeypatch):
    monkeypatch.setattr(execute, "MOST_DEATHS", 1)
    with pytest.raises(WorkerError, match="died 1 times? in a row.*fewer workers or smaller chunks"):
        list(do_all(die, [1], Place(workers=2)))


def test_a_refusal_in_a_worker_is_told_as_it_is():
    with pytest.raises(InputError, match="must be even; came 1; write 2") as caught:
        list(do_all(refuse, [1], Place(workers=2)))
    assert caught.value.where == "number"


def test_workers_end_when_the_run_is_killed(tmp_path):
    mark = tmp_path / "worker"
    # a script without a guard: workers must not run it again
    code = (
        "from remnant.execute import Place, do_all\nfrom study_work import square, wait_long\n"
        "assert len(dict(do_all(square, range(4), Place(workers=2)))) == 4\n"
        f"list(do_all(wait_long, [{str(mark)!r}], Place(workers=2)))"
    )
    (tmp_path / "main.py").write_text(code)
    process = listen([sys.executable, str(tmp_path / "main.py")])
    wait_until(mark.exists)
    wait_until(lambda: mark.read_text() != "")
    worker = int(mark.read_text())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not alive(worker))


def alive(number):
    try:
        return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def wait_until(done, seconds=60):
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_processes_give_the_same_bytes(whole, tmp_path):
    run_study(plan_of(design()), tmp_path, Place(workers=2), lambda _: None)
    assert contents(tmp_path) == whole


def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed_in_a_chunk(whole, cluster, tmp_path):
    address, workers = cluster
    receipts = tmp_path / RECEIPTS

    def kill_one():
        wait_until(lambda: receipts.is_dir() and len(list(receipts.iterdir())) > 2)
        workers[0].kill()

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    run_study(plan_of(design()), tmp_path, Place(cluster=address), lambda _: None)
    killer.join()
    assert workers[0].wait() == -signal.SIGKILL
    assert contents(tmp_path) == whole


def test_a_cluster_does_again_what_a_killed_worker_had_in_hand(cluster, tmp_path):
    address, workers = cluster
    options = ["--no-nanny", "--nthreads", "1", "--no-dashboard"]
    workers.append(listen([sys.executable, "-m", "distributed.cli.dask_worker", address, *options]))
    tasks = [(number, str(tmp_path)) for number in range(6)]
    assert sorted(do_all(die_once, tasks, Place(cluster=address))) == [(n, n * n) for n in range(6)]
    assert (tmp_path / "3").exists()


def test_a_scheduler_that_is_killed_is_told(tmp_path):
    file = tmp_path / "scheduler.json"
    python = [sys.executable, "-m"]
    options = ["--no-dashboard", "--scheduler-file", str(file)]
    scheduler = listen([*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *options])
    wait_until(file.exists)
    worker = listen([*python, "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1", *options])
    killer = threading.Thread(target=lambda: (wait_until((tmp_path / "mark").exists), scheduler.kill()), daemon=True)
    killer.start()
    try:
        with pytest.raises(WorkerError, match="the Dask scheduler at .* is gone"):
            list(do_all(wait_long, [str(tmp_path / "mark")], Place(cluster=json.loads(file.read_text())["address"])))
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def test_a_cluster_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(execute, "WAIT_FOR_SCHEDULER", 0.5)
    with pytest.raises(WorkerError, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        list(do_all(square, [1], Place(cluster="tcp://127.0.0.1:9")))


def test_a_worker_with_another_catalogue_is_refused():
    plan = plan_of(design())
    with pytest.raises(WorkerError, match="another catalogue"):
        do_chunk(Task(text_of(plan.design), "0" * 64, "other", 1.0, 0))
