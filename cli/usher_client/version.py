"""The version of the command line: written here and nowhere else."""

VERSION = "0.2.0"
