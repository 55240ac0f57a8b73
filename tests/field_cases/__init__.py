"""Failures that people reported in public, rebuilt as dumps with made-up identifiers, and healthy controls."""
