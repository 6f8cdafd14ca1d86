"""Danger first: the signs and the trained score by which an emergency is seen.

Begin with `emergency.detect`. `signs*` and `words` hold the patterns by danger, `score` the trained
part. Imports the files of `nlu` only.
"""
