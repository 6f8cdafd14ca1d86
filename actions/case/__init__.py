"""Handle messages about an open case: progress, remarks, requests, and the callback survey.

Begin with `lookup.AboutCase`: it finds the case that the citizen means, and each action of this
folder handles it. `talk` may import it; it imports `form`, `judgement` and the files of `actions`.
"""
