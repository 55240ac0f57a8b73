"""Checks of an installation over the same snapshot and engines: one check is one file with a page of the same name."""
