"""Figures: rates and counts of cases; supervision (督查督办): steps, records of units, circulars.

It reads what the core writes (facts, clocks, steps, cases) and writes nothing itself; the steps are
taken by `api.services.clocks.escalating` and by moves. Others import `service`. Begin reading at
`service.figures`, then `rules` for the arithmetic; `docs/figures.md` explains each rate.
"""
