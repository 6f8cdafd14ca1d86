"""Catalogue: what a city accepts, asks for and promises, read from its files.

`rules` is the catalogue in memory, `store` reads and checks a folder of files, `service` converts
it for the API. `nanjing/` is the shipped city. It is below the core: it imports only `contract` and
`errors`, and every package may import it. Begin with `rules.catalogue`, then `store.loading`.
"""
