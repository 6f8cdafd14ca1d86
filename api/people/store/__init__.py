"""People in the database: accounts, tokens, citizens, join codes, the audit.

Each module is one repository over one transaction.
"""
