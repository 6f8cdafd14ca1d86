"""Measurements of the whole product: one command, one report, a chapter for each part.

    make bench                      every part; writes docs/reports/bench.md and the READMEs' tables
    make bench ONLY=push,live       some of them, told on the screen only
    python -m bench --help          all that can be said

A new part is one file in `bench/parts/` and one line in `bench/parts/__init__.py`:

    async def measure(run: Run) -> Chapter:
        async with served(run.folder, SOLVEFIRST_SERVICE_TOKEN=SERVICE) as server:
            took = []
            for number in run.track(range(run.size(1000, quick=50)), "opening cases"):
                ...
        slow = percentile(took, 0.95)
        return Chapter(
            about="What was done, on what, and what the clock included.",
            bars=[Bar("open a case, p95", f"{1000 * slow:.0f} ms", "< 50 ms", held=slow < 0.05)],
            body=table(["database", "p50 ms", "p95 ms"], rows),
        )

    Part("cases", "Opening cases", measure, packages=("sqlalchemy", "psycopg"))

- `frame`: what a part is given (`Run`) and gives (`Chapter` with its `Bar`s); the report.
- `servers`: a served process of ours with a folder of its own, or any other process; started,
  timed, weighed, stopped. `staff`: tokens for its API.
- `figures`: percentiles, Markdown tables. `machine`: what a report says of where it was made.
- `citizens`, `page`, `http`: what citizens say, an open web chat, a small HTTP client.

A part whose tools are not on every machine (another Python, say) has `everyday=False`: it runs only
where it is named. A part without bars still has its chapter. `Chapter.readme` is the table that the
READMEs keep between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
"""
