"""The callback survey: asked, answered, called by telephone, settled.

Joint work and moves import it. Begin with `survey`.
"""
