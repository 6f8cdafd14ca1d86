"""Routes of cases: opening, reading, moves, files, joint review, calls, delivery reports.

They import services and the files of `api.routes`. Begin with `cases`.
"""
