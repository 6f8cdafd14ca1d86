"""Train a new version of the model from staff's corrections; accept it only if it is as good.

Begin with `learn.learn`. No folder of `nlu` imports this one; it imports all others.
"""
