"""Rules of single moves outside the life cycle's table: returns, waiting, supervision.

They change a `Case` that is handed in. Services of moves import them. Begin with `returns`.
"""
