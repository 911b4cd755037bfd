"""The page under load: people who each ask every 20 seconds, distinct examples drawn over the whole catalogue, mostly outlooks.

It starts `remnant serve`, waits until it answers, and then asks at moments drawn beforehand, whether earlier answers are there
or not: who waits does not slow the others down. An answer counts as lost if it does not come, is an error, or says that too
many ask. Times are from the moment drawn to the last byte. No two examples are the same, so that nothing but the draws is
helped by what is kept in memory; `--same N` lets each person choose among N examples, as a class does.

On a machine that others use too, the times are theirs as much as ours. `--demand N` then asks N of the questions one after
another, with the fewest draws, counts the CPU seconds of each, and puts these in line before cores that do nothing else: times
that are computed, not measured, and are printed as such.

    python benchmarks/page.py [--people 100] [--seconds 120] [--same 0] [--seed 1] [--demand 0]
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import threading
import time
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np

from remnant import catalogue
from remnant.topics import TOPICS
from remnant.web.choices import offered

EVERY_SECONDS = 20.0
SHARES = {"outlook": 0.70, "plan": 0.10, "returned": 0.05, "topic": 0.10, "read": 0.05}
GIVE_UP_SECONDS = 60.0


def example(random: np.random.Generator) -> dict[str, str]:
    """A drawn person: any cancer of the list, any stage, plan and treatment, an age and a time free that nobody else has."""
    disease = str(random.choice(catalogue.list_ids()))
    offers = offered(disease)
    fields = {
        "disease": disease,
        "age": f"{random.uniform(30, 85):.3f}",
        "free": random.choice(["", f"{random.uniform(0, 4):.3f}"]),
    }
    fields["stage"] = random.choice(["", *(name for name, _ in offers["stages"])])
    fields["follow_up"] = random.choice(["", *(name for name, _ in offers["plans"])])
    if offers["regimens"] and random.random() < 0.5:
        fields |= {"treatment": "own", "regimen": random.choice([name for name, _ in offers["regimens"]])}
    return fields


def question(random: np.random.Generator, examples: list[dict[str, str]]) -> tuple[str, str, dict[str, str] | None]:
    """A kind, a path and fields (None for a page that is only read)."""
    kind = str(random.choice([*SHARES], p=[*SHARES.values()]))
    fields = dict(examples[random.integers(len(examples))]) if examples else example(random)
    if kind == "outlook":
        return kind, "/outlook/answer", fields
    if kind == "plan":
        kept = {name: fields[name] for name in ("disease", "age", "stage", "follow_up")}
        return kind, "/plan/answer", kept | {"start": "2026-05-31", "country": "GB"}
    if kind == "returned":
        return kind, "/returned", {"disease": fields["disease"]}
    return (kind, f"/why/{random.choice([*TOPICS])}", None) if kind == "topic" else (kind, "/support/family", None)


def ask(address: str, at: float, asked: tuple[str, str, dict[str, str] | None], told: list) -> None:
    kind, path, fields = asked
    data = urlencode(fields).encode() if fields is not None else None
    draws = ""
    try:
        with urlopen(Request(address + path, data=data), timeout=GIVE_UP_SECONDS) as answer:
            page = answer.read().decode()
            status = str(answer.status)
            found = re.search(r"from (\d+) draws", page)
            draws = found[1] if found else "no count"
    except HTTPError as error:
        said = re.search(r'role="alert">([^<]*)', error.read().decode())
        status = f"{error.code}: {said[1] if said else ''}"
    except (URLError, TimeoutError, OSError) as error:
        status = type(error).__name__
    told.append((kind, time.perf_counter() - at, status, draws))


def serve() -> tuple[subprocess.Popen, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "remnant.cli", "serve", "--port", str(port)])
    address = f"http://127.0.0.1:{port}"
    while True:
        try:
            urlopen(address, timeout=5).read()
            return server, address
        except (URLError, OSError):
            time.sleep(0.2)


def demand(questions: list[tuple[str, str, dict[str, str] | None]]) -> list[float]:
    """CPU seconds of each question, reading, computing with the fewest draws and drawing the page."""
    from starlette.testclient import TestClient

    from remnant.web import desk
    from remnant.web.app import create_app

    desk.WISHED_SECONDS = 0.0
    client = TestClient(create_app(hosts=("testserver",)))
    client.post("/outlook/answer", data={"disease": "colon"})
    seconds = []
    for _, path, fields in questions:
        begun = time.process_time()
        client.get(path) if fields is None else client.post(path, data=fields)
        seconds.append(time.process_time() - begun)
    return seconds


def in_line(moments: list[float], seconds: np.ndarray, cores: int) -> list[float]:
    """Seconds from each moment to its answer, first come first served, on cores that do nothing else."""
    free, waited = [0.0] * cores, []
    for moment, needed in zip(moments, seconds, strict=True):
        at = int(np.argmin(free))
        free[at] = max(free[at], moment) + needed
        waited.append(free[at] - moment)
    return waited


def report_demand(moments: list[float], seconds: list[float], random: np.random.Generator) -> None:
    print(f"{len(seconds)} questions: CPU seconds mean {np.mean(seconds):.3f}, p50 {np.median(seconds):.3f}, "
          f"p95 {np.quantile(seconds, 0.95):.2f}, most {max(seconds):.2f}; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    rate = len(moments) / max(moments)
    print(f"{rate:.1f} questions a second need {rate * np.mean(seconds):.2f} cores")
    for cores in (2, 4):
        waited = in_line(moments, random.choice(seconds, len(moments)), cores)
        print(f"computed for {cores} free cores: p50 {np.median(waited):.2f} s, p95 {np.quantile(waited, 0.95):.2f} s")


def main() -> None:
    reader = argparse.ArgumentParser()
    for name, usual in (("people", 100), ("seconds", 120), ("same", 0), ("seed", 1), ("demand", 0)):
        reader.add_argument(f"--{name}", type=int, default=usual)
    wanted = reader.parse_args()
    random = np.random.default_rng(wanted.seed)
    examples = [example(random) for _ in range(wanted.same)]
    moments = sorted(
        begin + EVERY_SECONDS * k
        for begin in random.uniform(0, EVERY_SECONDS, wanted.people)
        for k in range(int(np.ceil((wanted.seconds - begin) / EVERY_SECONDS)))
    )
    asked = [question(random, examples) for _ in moments]
    if wanted.demand:
        report_demand(moments, demand(asked[: wanted.demand]), random)
        return
    server, address = serve()
    try:
        told: list = []
        load, before, begun = os.getloadavg()[0], os.times(), time.perf_counter()
        threads = []
        for moment, one in zip(moments, asked, strict=True):
            time.sleep(max(0.0, begun + moment - time.perf_counter()))
            threads.append(threading.Thread(target=ask, args=(address, begun + moment, one, told)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        wall = time.perf_counter() - begun
    finally:
        server.terminate()
        server.wait(30)
    used = os.times()
    served = (used.children_user + used.children_system) - (before.children_user + before.children_system)
    report(told, wall, load, served)


def report(told: list, wall: float, load: float, served: float) -> None:
    print(f"{len(told)} asked in {wall:.0f} s; {os.cpu_count()} cores; load of the machine before: {load:.1f}")
    print(f"CPU of the server, its start included: {served:.0f} s")
    lost = [one for one in told if one[2] != "200"]
    for kind in (*SHARES, "all"):
        seconds = [one[1] for one in told if kind in ("all", one[0]) and one[2] == "200"]
        if seconds:
            p50, p95 = np.quantile(seconds, [0.5, 0.95])
            print(f"{kind:10s} {len(seconds):5d} answered   p50 {p50:6.2f} s   p95 {p95:6.2f} s   longest {max(seconds):6.2f} s")
    print(f"lost: {len(lost)}", sorted({one[2] for one in lost}))
    outlooks = [one[3] for one in told if one[0] == "outlook" and one[2] == "200"]
    print("draws behind the outlooks:", {name: outlooks.count(name) for name in sorted(set(outlooks))})


if __name__ == "__main__":
    main()
