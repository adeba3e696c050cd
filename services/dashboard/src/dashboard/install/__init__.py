"""The dashboard as an app: its manifest, what works offline, what other apps share with it, pushes to browsers."""
