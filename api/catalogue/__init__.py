"""The catalogue: what a city accepts, asks for and promises, as its files say.

`rules` is the catalogue in memory, `store` reads and checks a folder of files, `service` shows it;
`nanjing/` is the city that comes with the product. Below the core: it imports `contract` and
`errors` alone, everybody may import it. Begin with `rules.catalogue`, then `store.loading`.
"""
