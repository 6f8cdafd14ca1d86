"""Train models: from the sentences in `nlu/data` to the files in `nlu/model`.

Begin with `train.train`; `danger`, `second`, `tagger` and `labeller` train one part each. It needs
scikit-learn, so no serving code imports it; it imports `evaluation`, `serve`, `danger`, `extract`.
"""
