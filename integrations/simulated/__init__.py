"""What the stand-ins for outside systems have in common: they speak real HTTP on this machine."""
