"""One file per question: its ordered links, each asking an engine. No knowledge of single mistakes."""
