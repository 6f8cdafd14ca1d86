"""People: staff and their sessions, citizens and their channels, service tokens, the audit.

`rules` (who acts, with which rights) > `tables` > `store` > `service`. Below the core: it imports
`catalogue` and `errors`; all above may import it. Its routes and pages stand in `api.routes` and
`api.console`, whose frame needs the core. Begin with `rules.actor`, then `service.accounts`.
"""
