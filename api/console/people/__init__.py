"""Pages of people: sign-in, accounts, the audit, and the accounts of a demo.

Only `api.pages` and `api.console.app` import them. Begin with `sign_in`.
"""
