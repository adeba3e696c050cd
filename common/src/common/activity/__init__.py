"""What a service does as it happens, told in sentences: kept for a while in memory, served as a list and as a stream."""
