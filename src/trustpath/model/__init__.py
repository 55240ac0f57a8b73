"""The typed, frozen concepts that every other room speaks in: no I/O, no sentences."""
