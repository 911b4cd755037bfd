"""Fit the catalogue to its published results and keep what was found: python tools/calibrate.py [FAMILY ...]."""

import os
import sys
import time
from pathlib import Path

from remnant.jit_cache import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))

from remnant.calibrate import calibrate, families, keep
from remnant.catalogue.evidence import data_folder

FOLDER = Path(str(data_folder())) / "fitted"


def main() -> None:
    """Calibrate the families named, or all of them."""
    FOLDER.mkdir(exist_ok=True)
    begun = time.perf_counter()
    for family in sys.argv[1:] or families():
        print(f"{family}:", flush=True)
        found = calibrate(family, lambda words: print(f"  {time.perf_counter() - begun:5.0f} s  {words}", flush=True))
        path = keep(found, FOLDER)
        print(f"  chi-square {found.chi_square:.1f} on {found.degrees}; kept in {path.name}", flush=True)


if __name__ == "__main__":
    main()
