"""Readers: the only room that does I/O. One immutable snapshot comes out, and no decision."""
