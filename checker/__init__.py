"""plancheck: checks a submitted plan against compilation guidelines before a person has to."""

__version__ = "0.1.0"
