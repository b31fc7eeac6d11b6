"""The reports as the page and its files show them: figures put into tables, charts and sentences."""
