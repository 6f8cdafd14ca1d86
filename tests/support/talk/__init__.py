"""Play the conversations of tests/strangers through the product in this process, and judge them.

`material` reads the files, `world` is the product with an empty store, `playing` is the citizen,
`judging` compares what came of it with what the file expects, `values` compares single values.
tests/strangers/README.md specifies all of it. Run `python -m talk --help`.
"""
