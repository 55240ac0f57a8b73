"""Writes the least rights that somebody needs, and proves that they do and that nothing is left over."""
