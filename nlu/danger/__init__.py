"""Detect emergencies by signs (patterns) and a trained score.

Begin with `emergency.detect`. `signs*` and `words` hold the patterns by danger, `score` the trained
model. This folder imports only the files of `nlu`.
"""
