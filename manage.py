#!/usr/bin/env python
"""The command line of the product: `python manage.py help` lists what it can do."""

from portal.main import main

if __name__ == "__main__":
    main()
