"""A case: the citizen's words, its state, its clocks, its history and who may see it.

It imports `api.domain.lifecycle`, and the other folders of the domain import it. Begin with `case`;
`matter` has the citizen's words, `routing` chooses the unit, `facts` are what figures count.
"""
