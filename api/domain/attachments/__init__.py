"""Files that citizens and units send: limits, kinds, and detection of the kind from the bytes.

It imports nothing else of the domain. Begin with `attachment`.
"""
