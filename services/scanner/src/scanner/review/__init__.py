"""What waits for a person: deals whose price nobody is sure of, and what the person says of them."""
