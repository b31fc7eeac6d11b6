"""The version of the product, for the package, the image and the pages: written here and nowhere else."""

VERSION = "0.1.0"
