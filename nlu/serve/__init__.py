"""Understand messages at run time: the model in service, and its parts.

Begin with `understanding.MessageUnderstanding.parse`. `matters` splits a message with several
matters, `versions` opens the model in service. `evaluation`, `training` and `learning` may import
it; it imports `extract` and the files of `nlu`.
"""
