"""`pricer run`: every service as a process of this machine."""
