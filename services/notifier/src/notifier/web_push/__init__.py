"""Web push: a browser's subscription as a channel, encrypted for it alone (RFC 8291) and signed by this server's key (RFC 8292)."""
