"""What the agents do as it happens, what each scan did when, and what the planner spent."""
