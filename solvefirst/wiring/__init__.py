"""A process put together: its foundation, its two sides, and what reaches out by itself.

`assembly.assemble` opens the stores and adds the sides that were asked for; `foundation` is what
both sides stand on, `case_side` and `citizen_side` are imported only where they run, `push` sends
events and questions. Imported by `serve` and `chat`. Begin with `assembly.assemble`.
"""
