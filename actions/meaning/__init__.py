"""Decide what a message means in the state of the dialogue, before any action follows it.

`meanings` is the table of what each meaning requires, `state` collects the dialogue state, and
`forms` matches patterns in the words. `form`, `case` and `talk` may import it. It imports
`judgement` and the files of `actions`. Begin with `weighing.judged`.
"""
