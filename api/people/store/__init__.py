"""Repositories of people: accounts, tokens, citizens, join codes, the audit log.

Each module is one repository of one transaction.
"""
