"""Learning: a new version of the model from what clerks corrected, let in only if it is as good.

Begin with `learn.learn`. Nothing of `nlu` imports this folder; it imports all others.
"""
