"""Run `solvefirst demo`: fill an example city with realistic cases.

`city` runs many stories through the services, each step at its own time. `stories` defines what
happens to one case; the words are in `words.yml`. Begin with `city.run`.
"""
