"""The demo: real-shaped orders followed step by step through the scenarios, each step proved by evidence."""
