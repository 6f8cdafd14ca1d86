"""Wire models of cases: the case, its moves, files, intake and joint work.

Other wire models import it. Begin with `case`.
"""
