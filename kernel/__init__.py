"""General tools of every process, independent of the hotline.

`database` runs functions in transactions, `jobs` runs work in the background, `bell` wakes waiting
tasks, `limiter` enforces rate limits, `privacy` encrypts, declares and redacts personal data. The
files here are smaller tools: `clock`, `ids`, `leases`, `supervisor`, `settings`, `logging`. Every
package may import everything here; it imports no other package. Begin with `database.database`.
"""
