"""Evaluation: the held-out sentences beside this file, and what a model makes of them.

Begin with `heldout_scores.evaluate_held_out`; the README says how the sentences were written, and
that no model learns from them. Imports `serve`, `danger`, `extract` and the files of `nlu`.
"""
