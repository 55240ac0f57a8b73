"""Changes to a snapshot, their proof and their spellings. Until a change can be proven, none is offered."""
