"""Use cases that read cases: one, lists, search; each reader sees only the permitted fields.

Every other folder of services may import it. Begin with `reading.find`, then `views.whole`.
"""
