"""Cases in the database: rows, history, lists, facts, corrections, numbers, stored answers.

The other folders of the store import it. Begin with `tables`, then `cases`; `sealing` encrypts.
"""
