"""PLANNER=autonomous: a chat model chooses among what the policy would push, with tools, in a bounded loop. It adds none."""
