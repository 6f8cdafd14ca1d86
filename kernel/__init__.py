"""What every process shares and no hotline is needed for.

`database` runs functions in transactions, `jobs` runs work in the background, `bell` wakes waiters,
`limiter` counts for rate limits, `privacy` seals, declares and redacts personal data. The files
here are smaller tools: `clock`, `ids`, `leases`, `supervisor`, `settings`, `logging`. Everything
may be imported by everybody; imports nothing of the other rooms. Begin with `database.database`.
"""
