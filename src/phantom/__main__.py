"""`python -m phantom`, and the `phantom` command."""

from phantom.cli.main import main

if __name__ == "__main__":
    main()
