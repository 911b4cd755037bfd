"""Run a study that is killed again and again at random moments: python killed_runs.py FOLDER KILLS.

Prints for each kill how many chunks were kept before and after that run, then how many kills landed.

Forks of one process that has its kernels ready, so that a run takes a fraction of a second.
"""

import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path

from study_cases import design

from remnant.execute import Place
from remnant.study.chunk import run_chunk
from remnant.study.folder import Folder
from remnant.study.plan import plan_of, plan_of_text, text_of
from remnant.study.run import run_study


def child(plan, out):
    """Start a run in a process of its own; return its number."""
    number = os.fork()
    if number == 0:
        run_study(plan, out, Place(), lambda _: None)
        os._exit(0)
    return number


def main():
    out, kills = Path(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    plan = plan_of(design())
    plan_of_text(text_of(plan.design))
    run_chunk(plan, 0)
    started = time.monotonic()
    run_study(plan, out / "whole", Place(), lambda _: None)
    takes = time.monotonic() - started
    moment = random.Random(1)
    landed, runs = 0, 0
    while landed < kills:
        # a run that got to its end between two kills is followed by another one
        folder, done = out / f"killed-{runs}", 0
        runs += 1
        while landed < kills and done < plan.design.chunks:
            number = child(plan, folder)
            time.sleep(moment.uniform(0.0, 4.0 * takes / kills))
            os.kill(number, signal.SIGKILL)
            landed += os.WIFSIGNALED(os.waitpid(number, 0)[1])
            before, done = done, len(Folder(folder).done()) if (folder / "study.json").exists() else 0
            print(before, done)
        run_study(plan, folder, Place(), lambda _: None)
    print(landed)


if __name__ == "__main__":
    main()
