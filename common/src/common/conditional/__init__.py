"""Changes that count only for what the caller has read (RFC 9110, 13.1.1): of two who edit the same the second is told."""
