"""Inputs and opponents of the chapters on understanding: real mail, the own model, Rasa's.

`mail` reads real mail, `diet` asks Rasa's pipeline through `rasa`, which runs in Rasa's Python;
`speed` times the own one in a process of its own. Imported by `bench.parts`. Begin with `mail`.
"""
