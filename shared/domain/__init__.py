"""Orders, lines, events, states and results: the words of the business, without any I/O."""
