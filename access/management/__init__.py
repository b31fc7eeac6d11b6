"""The commands of manage.py. They know the clock, the settings and every room; nothing imports them."""
