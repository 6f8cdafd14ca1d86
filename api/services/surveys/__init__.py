"""The callback survey: ask, answer, call by telephone, settle.

Joint work and moves import it. Begin with `survey`.
"""
