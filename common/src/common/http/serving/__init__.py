"""How a service's process listens and stops: uvicorn with a deadline for heads, and a drain. Knows no app."""
