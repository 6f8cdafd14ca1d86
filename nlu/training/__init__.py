"""Training: from the sentences in `nlu/data` to the files in `nlu/model`.

Begin with `train.train`; `danger`, `second`, `tagger` and `labeller` train one part each. Needs
scikit-learn, so nothing that serves imports it; imports `evaluation`, `serve`, `danger`, `extract`.
"""
