"""Which trained models a service has in use: versions side by side, a change while it runs, a canary, the way back. No ML."""
