"""People: staff and their sessions, citizens and their channels, service tokens, the audit log.

Layers: `rules` (actors and rights), `tables`, `store`, `service`. It is below the core: it imports
`catalogue` and `errors`, and all packages above may import it. Its routes and pages are in
`api.routes` and `api.console`, which need the core. Begin with `rules.actor`, then
`service.accounts`.
"""
