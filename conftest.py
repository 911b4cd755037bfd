"""Set before anything imports numba: a cache of machine code named after all the sources that made it."""

import os

from remnant.jit_cache import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
