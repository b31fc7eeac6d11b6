"""Every page, a file each: who may see it and which methods it takes, one call into a room, one template."""
