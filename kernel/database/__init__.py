"""The database: plain functions, each run in one transaction, on SQLite or on PostgreSQL.

All import `database.Database`, `transaction.Transaction` and, for tables, `columns`; `migrate`
brings a schema to the newest revision. `sqlite`, with its writer and group, and `postgres` are the
drivers, which only `database` imports. Begin with `database`.
"""
