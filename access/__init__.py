"""The product, room by room. The only app with tables; knows no page."""
