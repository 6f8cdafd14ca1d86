"""The domain of a Rasa project: slots, responses, forms and actions, and how they are read.

`domain`, `slots` and `responses` are the declared things; `domainfile`, `slotfile` and
`responsefile` read them from YAML with the help of `pieces`. Imported by all other folders of the
engine. Begin with `domain.Domain`.
"""
