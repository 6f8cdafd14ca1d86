"""Understand messages: intent, category, entities, emergencies. Imports no other top package.

config.yml names `component`, which opens `serve`. `serve` reads messages with `extract`. `danger`
detects emergencies. `training` makes the model from `data`, `evaluation` measures it, `learning`
makes new versions of it. The other files here are shared: normalised text, features, the linear
classifier, kinds of request, example sentences, metrics.
Begin with `serve.understanding`.
"""
