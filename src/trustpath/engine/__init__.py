"""The deciders: pure functions of the model that return what decided, and what nearly did. No prose."""
