"""Asks a chat model for a price: endpoints, prompt, answer, retries, budget, and the bounds on what it may say."""
