"""Tables of the citizen's side and their SQL; every function runs in the caller's transaction.

Begin with `tables`, then `conversations` (stores messages) and `turns` (ends turns). `records`
reads messages back, `envelope` encrypts and decrypts bodies, `modes` stores who answers, `holds`
and `sole` are leases of a whole process. Every folder of `bot` may import it; it imports none of
them.
"""
