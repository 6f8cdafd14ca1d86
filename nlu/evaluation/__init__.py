"""Evaluate a model on the held-out sentences beside this file, or on labelled files.

Begin with `heldout_scores.evaluate_held_out`. The README says how the sentences were written, and
that no model learns from them. Imports `serve`, `danger`, `extract` and the files of `nlu`.
"""
