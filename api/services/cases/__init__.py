"""Cases read: one, lists, search, and as their readers may see them.

Every other folder of services may import it. Begin with `reading.find`, then `views.whole`.
"""
