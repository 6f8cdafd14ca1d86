"""Understanding: intent, category, details, emergencies. Imports nothing of the other rooms.

`component` is what config.yml names; it opens `serve`, which reads messages with the help of
`extract`. `danger` looks for emergencies. `training` makes the model from `data`, `evaluation`
measures it, `learning` makes new versions of it. The other files here are what all of them use:
normalised text, features, the linear classifier, kinds of request, example sentences, figures.
"""
