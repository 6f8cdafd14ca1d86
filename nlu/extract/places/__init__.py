"""Places in a message: where one begins and ends, and what its parts mean.

`tagger` marks places and times with learned weights over `clues`; `places` reads the parts of a
Chinese address by `suffixes` and the `gazetteer`, `englishplaces` those of an English one. `cities`
tells whether a text names another city. Imports nothing of `times`. Begin with `places`.
"""
