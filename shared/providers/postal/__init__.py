"""Where postal codes are: data that comes with the application, and what an operator adds to it."""
