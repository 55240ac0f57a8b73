"""Settings of Sphinx."""

from trustpath import __version__

project = "Trustpath"
author = "The Trustpath authors"
copyright = "The Trustpath authors, Apache-2.0"
version = release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Trustpath {version}"
html_extra_path = ["trace-v1.schema.json"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
