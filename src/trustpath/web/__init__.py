"""The web page: a thin host. Nothing lives here yet."""
