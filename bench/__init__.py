"""Measure the whole product: one command, one report, a chapter for each part.

    make bench                      every part; writes docs/reports/bench.md and the READMEs' tables
    make bench ONLY=push,live       some parts, printed only
    python -m bench --help          all options

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

- `frame`: a part's input (`Run`) and result (`Chapter` with its `Bar`s); the report.
- `servers`: start, time, weigh and stop a process of ours in its own folder, or any other process.
  `staff`: tokens for its API.
- `figures`: percentiles, Markdown tables. `machine`: the report's lines about the machine.
- `citizens`, `page`, `http`: citizens' messages, an open web chat, a small HTTP client.

A part that needs tools which not every machine has (such as another Python) has `everyday=False`:
it runs only if it is named. A part without bars still has its chapter. `Chapter.readme` is the
table that the READMEs contain between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
"""
