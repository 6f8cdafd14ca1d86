"""Case service: API, console and jobs for cases.

`domain`, `store` and `services` are the core layers, lowest first, with the same folders by
subject. Below the core are `catalogue` (the city) and `people` (staff, citizens, tokens). Above it
are the slices `live`, `figures`, `privacy` and `webhooks`: one folder for each capability, used
through its `service`. `bot` and `actions` may import only `contract` and `client`. `console`,
`routes` and `jobs` have the shared parts of pages, routes and jobs; `app` and `pages` assemble
them. Begin with `app.build`.
"""
