"""Case service: API, console and jobs for cases.

`domain`, `store` and `services` are the core of the case, each above the one before and with the
same folders by subject. Below it lie `catalogue` (the city) and `people` (staff, citizens, tokens),
above it `live`, `figures`, `privacy` and `webhooks`: one capability a folder, reached by its
`service`. `contract` and `client` are all that `bot` and `actions` may import. `console`, `routes`
and `jobs` hold what pages, routes and jobs share; `app` and `pages` put all together. Begin with
`app.build`.
"""
