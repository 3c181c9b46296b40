"""The command line of ngen-arid."""

__version__ = "0.1.0"
