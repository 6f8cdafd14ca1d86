"""The case service.

`domain`, `store` and `services` are the core, each above the one before. `live`, `figures`,
`privacy` and `webhooks` are slices above it: one capability a folder, reached by its `service`.
`contract` and `client` are all that `bot` and `actions` may import. `console`, `routes` and `jobs`
hold what pages, routes and jobs share; `app` and `pages` put all together. Begin with `app.build`.
"""
