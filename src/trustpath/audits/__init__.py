"""Hygiene rules over the same snapshot and engines. Nothing lives here yet."""
