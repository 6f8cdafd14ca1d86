"""Times in a message: words and patterns that name one, and the moments they mean.

`moments` reads dates and clock times for `nlu.extract.reading`; `timewords` and `timepatterns` list
the words, `calendar` and `festivals` turn them into dates, `loosewords` finds vague ones. Imports
nothing of `places`. Begin with `moments`.
"""
