"""Figures: rates and counts of cases; supervision (督查督办): steps, records of units, circulars.

It reads what the core writes (facts, clocks, steps, cases) and writes nothing itself; steps are
taken by `api.services.clocks.escalating` and by moves. Other packages import `service`. Begin with
`service.figures`, then `rules` for the arithmetic; `docs/figures.md` explains each rate.
"""
