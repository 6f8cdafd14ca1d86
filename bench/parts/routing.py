"""Measure routing of new cases: every category, places in the whole city, past rulings."""

import random
import time

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.domain.cases.routing import Experience, route
from bench.figures import percentile, table
from bench.frame import Bar, Chapter, Run

WANTED_MS = 1.0
_WORDS = "小区门口的井盖坏了，晚上一片漆黑，老人走过很危险，请尽快派人来修一下。" * 10


async def measure(run: Run) -> Chapter:
    """Measure only the routing, as opening a case calls it."""
    catalogue = load_catalogue(shipped_catalogue())
    chance = random.Random(1)
    categories, places = list(catalogue.categories.values()), list(catalogue.territory.places)
    units = list(catalogue.units)
    took, sure = [], 0
    for _ in run.track(range(run.size(20_000, quick=2_000)), "routing"):
        rulings = {chance.choice(places): chance.choice(units) for _ in range(3)}
        category, place = chance.choice(categories), chance.choice([None, *places[:3000:7]])
        began = time.perf_counter()
        way = route(
            catalogue,
            category,
            place=place,
            confidence=0.9,
            words=_WORDS,
            sure=0.6,
            experience=Experience(rulings),
        )
        took.append(1000 * (time.perf_counter() - began))
        sure += way.unit is not None
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    return Chapter(
        about=f"""
{len(took):,} matters of {len(_WORDS)} characters, over all categories and {len(places):,} places,
with three past rulings each; in process, without the queries for rulings and load.""",
        body=table(
            ("p50, µs", "p99, µs", "named a unit at once"),
            ((f"{1000 * p50:.0f}", f"{1000 * p99:.0f}", f"{sure / len(took):.0%}"),),
        ),
        bars=(Bar("routing, p99", f"{p99:.3f} ms", f"< {WANTED_MS:g} ms", held=p99 < WANTED_MS),),
    )
