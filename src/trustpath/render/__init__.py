"""One file per format: an answer in, text out, no logic."""
