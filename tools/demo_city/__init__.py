"""`solvefirst demo`: an example city that looks lived in.

`city` tells many stories at once through the services, each step at its own time; `stories` says
what happens to one case; their words are in `words.yml`. Begin with `city.run`.
"""
