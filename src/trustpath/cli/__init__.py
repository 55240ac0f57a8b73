"""The command line: a thin host."""
