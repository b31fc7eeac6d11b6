"""Access reviews: what is in one, who decides, what comes of it, and how it ends."""
