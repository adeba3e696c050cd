"""How the services are: ready, busy, fast, and on which ground."""
