"""Rules of single moves beside the ordinary way of a case: returns, waiting, supervision.

They change a `Case` that is handed in. Services of moves import them. Begin with `returns`.
"""
