"""Dialogue engines behind one port.

Begin with `port.Engine`. `local` runs the project's files in this process with `embedded`, which
imports nothing else of `bot`. `rasa` calls a Rasa server over HTTP, and `rasa_trackers` deletes its
trackers. `replies` reads the messages of both. All folders above `dialogue` may import it.
"""
