"""Files in the database (`attachments`) and their bytes, sealed (`files`).

It imports no other folder of the store. Begin with `attachments`.
"""
