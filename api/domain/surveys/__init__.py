"""The callback survey (回访): its questions and answers, and when it asks.

It imports nothing else of the domain. Begin with `survey`.
"""
