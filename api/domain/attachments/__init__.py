"""Files that citizens and units send: limits, kinds, and how a kind is read off the bytes.

It imports nothing else of the domain. Begin with `attachment`.
"""
