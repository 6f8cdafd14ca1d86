"""The model of understanding in a process: which version is opened, and how one is trained.

`understanding`, `labelled` and `learning` are the commands `solvefirst nlu …`; `models` chooses the
version that a process opens, `training` trains one in a process of its own. Imported by `cli`,
`wiring` and `doctor`. Begin with `models`.
"""
