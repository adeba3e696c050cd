"""How a service's process starts, listens and stops: uvicorn with a deadline for heads, and a drain. Knows no service."""
