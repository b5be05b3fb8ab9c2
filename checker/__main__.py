"""`python -m checker`, for machines where the command is not on the path."""

from checker.cli import main

if __name__ == "__main__":
    main()
