"""Answers about studies as text for people."""

from __future__ import annotations

from typing import Any

from remnant.cli_text import table
from remnant.report import RESEARCH_ONLY
from remnant.report_study import compared_row, endpoint_rows, entry_words, found_rows, published_rows, score_words
from remnant.report_worth import BENEFIT_HEADINGS, benefit_rows, costs_words


def study(result: dict[str, Any]) -> str:
    """Return the answer of `studies.study` as text."""
    if "done" in result:
        return _status(result)
    if "patient" in result:
        return _story(result)
    names = [arm["name"] for arm in result["arms"]]
    lines = [f"{result['name']}: {result['patients']:,} people, each in {len(names)} arms, over {result['years']:g} years"]
    lines += entry_words(result)
    lines += [result["question"]] if result["question"] else []
    lines += ["", *table([f"by {result['years']:g} years", *names], found_rows(result)), ""]
    lines += [*table(["endpoint", *names, f"less or against {names[0]}"], endpoint_rows(result)), ""]
    if result["against"]:
        lines += [*table(_COMPARED, [compared_row(one) for one in result["against"]]), ""]
    if result["published"]:
        headings = ["published result", "arm", "published", "95% interval", "study ± error", "", "row"]
        lines += [*table(headings, published_rows(result)), "", score_words(result), *_misses(result), ""]
    for power in result["power"]:
        lines += [*table(["people per arm", "power", "events"], _power_rows(power)), ""]
    lines += [*costs_words(result), ""]
    if benefits := benefit_rows(result):
        lines += [*table([*BENEFIT_HEADINGS], benefits), ""]
    lines += [f"report: {result['report']}"]
    return "\n".join([*lines, RESEARCH_ONLY])


_COMPARED = (
    "arm", "against", "hazard ratio of recurrence", "of any event", "of death", "found sooner, months",
    "variance cut by shared patients",
)  # fmt: skip


def _story(result: dict[str, Any]) -> str:
    lines = [f"{result['name']}, patient {result['patient']:,}"]
    for one in result["arms"]:
        lines += ["", f"{one['arm']} ({one['group']})", *(f"  {line}" for line in one["lines"])]
    return "\n".join([*lines, "", RESEARCH_ONLY])


def _misses(result: dict[str, Any]) -> list[str]:
    return [
        f"outside: {one['what']}, {one['arm']}: {one['miss'] or 'no reason known'}"
        for one in result["published"]
        if one["inside"] is False
    ]


def _power_rows(power: dict[str, Any]) -> list[list[str]]:
    return [
        [f"{one['people_per_arm']:,}", f"{one['power']:.3f} ± {one['error']:.3f}", f"{one['events']:.0f}"]
        for one in power["sizes"]
    ]


def _status(result: dict[str, Any]) -> str:
    state = "finished" if result["left"] == 0 else "running" if result["running"] else "stopped"
    lines = [f"{result['name']} in {result['folder']}: {state}, {result['done']:,} of {result['chunks']:,} chunks done"]
    if result["lives_per_second"] is not None:
        lines.append(f"last pace {result['lives_per_second']:,.0f} lives a second")
    if result["time_left"] is not None:
        lines.append(f"about {result['time_left']} left")
    lines += [f"not whole: {said}; it will be done again" for said in result["not_whole"]]
    if state == "stopped":
        lines.append("run the same command again to go on from there")
    return "\n".join(lines)
