"""One pricer as the ensemble sees it: its HTTP API, and what stands before it so that its bad day costs nobody else."""
