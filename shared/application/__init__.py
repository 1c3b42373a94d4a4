"""What the application does, one use case a module: stores and providers are handed in, triggers call them."""
