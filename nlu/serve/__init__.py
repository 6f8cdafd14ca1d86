"""Understand messages at run time: both stages of the model, and their parts.

Begin with `understanding.MessageUnderstanding.parse`. `second` reads messages of which the first
stage is unsure, `matters` splits a message with several matters, `versions` opens the model in
service. `evaluation`, `training` and `learning` may import it; it imports `extract` and the files
of `nlu`.
"""
