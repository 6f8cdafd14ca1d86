"""Mutation test: change a module in one place at a time and see whether its tests notice."""
