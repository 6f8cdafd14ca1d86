"""Files in the database (`attachments`) and their encrypted bytes (`files`).

It imports no other folder of the store. Begin with `attachments`.
"""
