"""After the receipt: progress, remarks, requests about the citizen's case, and the survey.

Begin with `lookup.AboutCase`: it finds the case that is meant, and each action of this folder says
what is done with it. May be imported by `talk`; imports `form`, `judgement` and the files of
`actions`.
"""
