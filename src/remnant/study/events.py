"""Every event after a finding, one row each, in the parts of a study that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from remnant.sampler.after_state import Log
from remnant.sampler.after_tables import EVENTS, events_table
from remnant.study.asked_tests import NEGATIVE, NOT_TESTED, POSITIVE
from remnant.timeline_tables import Ints

TOLD = {NEGATIVE: EVENTS.index("test-negative"), POSITIVE: EVENTS.index("test-positive")}


def tests_of(log: Log, results: Sequence[tuple[Ints, Any]]) -> Log:
    """Return the events with those of tests that decide among them, in order of time.

    Parameters
    ----------
    log : Log
    results : sequence of (int[person], float[person])
        Of each test, the result and its day.
    """
    added: list[list[Any]] = [[], [], []]
    for result, day in results:
        done = np.flatnonzero(result != NOT_TESTED)
        codes = np.where(result[done] == POSITIVE, TOLD[POSITIVE], TOLD[NEGATIVE])
        for column, more in zip(added, (done, day[done], codes), strict=True):
            column.append(more)
    if not results:
        return log
    who, day, code = (np.concatenate(column) for column in added)
    none = np.full(len(who), -1)
    more = {"patient": who, "day": day, "event": code, "site": none, "mm": np.zeros(len(who))}
    more |= {"number": 0 * none, "sites": 0 * none}
    whole = {name: np.concatenate([getattr(log, name), of]) for name, of in more.items()}
    order = np.lexsort((np.arange(len(whole["day"])), whole["day"], whole["patient"]))
    return Log(**{name: of[order] for name, of in whole.items()}, used=np.array([len(order)]))


def events_of(log: Log, sites: tuple[Sequence[str], Sequence[str]], patients: Ints) -> Any:
    """Return the events of some people of one arm, as `sampler.after_tables.events_table` has them.

    Parameters
    ----------
    log : Log
    sites : (sequence of str, sequence of str)
        Sites as the log numbers them, and as all parts of the study do.
    patients : int[patient]
        Their numbers.
    """
    here, among = sites
    new = np.array([*(among.index(name) for name in here), -1])
    bits = np.zeros_like(log.sites)
    for i, name in enumerate(here):
        bits |= ((log.sites >> i) & 1) << among.index(name)
    return events_table(log._replace(site=new[log.site], sites=bits), among, patients)


def in_one(tables: Sequence[Any], arm: int, arms: Sequence[str]) -> Any:
    """Return the events of all people of an arm as one table, patient after patient in order of time, with a column `arm`."""
    import pyarrow as pa

    from remnant.sampler.histories import named

    whole = pa.concat_tables(tables)
    order = np.lexsort((np.arange(whole.num_rows), whole["patient"].to_numpy()))
    whole = whole.take(pa.array(order)).combine_chunks()
    return whole.add_column(1, "arm", named(arms, np.full(whole.num_rows, arm), 16))
