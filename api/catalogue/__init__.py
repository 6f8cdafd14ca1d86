"""Nanjing's catalogue, data only: `api.store.catalogue` reads it, see docs/catalogue.md."""
