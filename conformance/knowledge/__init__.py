"""What is known of a server, folded from the stream of exchanges alone; unknown is a state."""
