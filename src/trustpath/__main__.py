"""Run the command line with ``python -m trustpath``."""

from trustpath.cli.main import main

if __name__ == "__main__":
    main()
