"""Wire a process: its foundation, its two sides, and the loops that send events.

`assembly.assemble` opens the stores and adds the requested sides. `foundation` has what both sides
need. `case_side` and `citizen_side` are imported only where they run. `push` sends events and
survey questions. Imported by `serve` and `chat`. Begin with `assembly.assemble`.
"""
