"""The announcement's story to try out: everything on this machine, with a simulated Aptible."""
