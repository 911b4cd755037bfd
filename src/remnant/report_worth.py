"""Costs, quality-adjusted years and what an arm is worth, in words, tables and a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.report import Figure, Section, Table
from remnant.svg import Axes, Line, line_chart

BENEFIT_HEADINGS = ("arm", "against", "a year may cost", "net benefit a person", "95% interval", "better in", "of it sampling")


def money_section(result: dict[str, Any]) -> Section:
    """Return the section of a study's report on money and quality of life."""
    worth = result["money"].get("worth")
    rows = tuple(tuple(row) for row in benefit_rows(result))
    tables = (Table("Net benefit beside the first arm", BENEFIT_HEADINGS, rows),) if rows else ()
    figures = () if worth is None or "acceptability" not in worth else (_acceptability_figure(result),)
    return Section("Costs and quality of life", tuple(costs_words(result)), figures, tables)


def costs_words(result: dict[str, Any]) -> list[str]:
    """Return costs and quality-adjusted time in words; what has no price is named."""
    money = result["money"]
    words = []
    if "cost" in money:
        for one in money["cost"]:
            gap = one["more"]
            more = f", {gap['value']:+,.0f} ({gap['low']:+,.0f} to {gap['high']:+,.0f}) against the first arm" if gap else ""
            words.append(f"{one['arm']}: {one['value']:,.0f} {money['currency']} of {money['year']} a person{more}.")
        words.append(
            f"Prices: {', '.join(money['source'])}. What is spent after a recurrence is "
            + (
                "the price of each thing done."
                if money["spent_after"] == "each thing done"
                else "its one price, not followed further."
            )
        )
    else:
        words.append(f"Not costed: {', '.join(money['not_costed'])}.")
    if "quality years" in money:
        words += [
            f"{one['arm']}: {one['value']:.3f} quality-adjusted years {money['quality_of']}." for one in money["quality years"]
        ]
    else:
        words.append("Quality-adjusted years are not told: no worth of a year was given.")
    rates = money["discount"]
    words.append(
        "Nothing is discounted."
        if rates is None
        else f"Discounted by {rates['costs']:.1%} (costs) and {rates['effects']:.1%} (effects) a year."
    )
    return [*words, *_worth_words(result)]


def _worth_words(result: dict[str, Any]) -> list[str]:
    money, worth = result["money"], result["money"].get("worth")
    if worth is None:
        return ["Net benefit is not told: it needs prices, worths and what a year may cost (costs.year_is_worth)."]
    words = [_ratio_words(one, money["currency"]) for one in worth["against"]]
    if worth["draws"]:
        words.append(
            f"Intervals and acceptability are over {worth['draws']:,} draws of the catalogue's numbers and of the prices; the "
            "last column says how much of that variance comes from sampling so few people in each draw."
        )
    else:
        words.append("Acceptability is not told: the study draws no numbers (draws = 0), so intervals are those of the sampling.")
    return words


def _ratio_words(one: dict[str, Any], currency: str) -> str:
    ratio, beside = one["cost_of_a_year"], f"{one['arm']} against {one['against']}"
    gained = f"{ratio['more_cost']:+,.0f} {currency} and {ratio['more_years']:+.4f} quality-adjusted years a person"
    if ratio["value"] is None:
        return f"{beside}: {gained}; it {ratio['said'] or 'changes nothing'}, so there is no cost of a year."
    verb = "gained costs" if ratio["more_years"] > 0 else "given up saves"
    return f"{beside}: {gained}; a year {verb} {ratio['value']:,.0f} {currency}."


def benefit_rows(result: dict[str, Any]) -> list[list[str]]:
    """Return net benefits beside the first arm, a row for each arm and worth of a year."""
    worth = result["money"].get("worth")
    rows = []
    for one in worth["against"] if worth is not None else []:
        for net in one["net_benefit"]:
            better = "-" if net["better"] is None else f"{100 * net['better']:.0f}% of draws"
            sampling = "-" if net["sampling_share"] is None else f"{100 * net['sampling_share']:.0f}%"
            interval = f"{net['low']:+,.0f} to {net['high']:+,.0f}"
            rows.append([one["arm"], one["against"], f"{net['worth']:,.0f}", f"{net['value']:+,.0f}", interval, better, sampling])
    return rows


def _acceptability_figure(result: dict[str, Any]) -> Figure:
    money = result["money"]
    curve = money["worth"]["acceptability"]
    worth = np.array(curve["worth"])
    title = "How often each arm is the best buy, by what a quality-adjusted year may cost"
    axes = Axes(title, f"thousand {money['currency']} a year", "draws, out of 100", (0.0, float(worth[-1]) / 1000))
    lines = [Line(name, worth / 1000, np.array(share)) for name, share in curve["arms"].items()]
    return Figure(line_chart(axes, lines), "Acceptability: share of draws in which the arm has the highest net benefit.")
