"""Nanjing's catalogue, data only: `api.store.catalogue` reads it, docs/catalogue.md describes it."""
