"""Run plain functions in one transaction each, on SQLite or on PostgreSQL.

Other packages import `database.Database`, `transaction.Transaction` and, for tables, `columns`.
`migrate` upgrades a schema to the newest revision. `sqlite` (with its writer and group) and
`postgres` are the drivers, which only `database` imports. Begin with `database`.
"""
