"""A chat model's words for a push, believed where their figures are true."""
