"""Nanjing's catalogue, data only: `api.store.catalogue.loading` reads it, see docs/catalogue.md."""
