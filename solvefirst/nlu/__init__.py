"""Open and train the model of understanding in a process.

`understanding`, `labelled` and `learning` are the commands `solvefirst nlu …`. `models` chooses the
version that a process opens; `training` trains a version in a child process. Imported by `cli`,
`wiring` and `doctor`. Begin with `models`.
"""
