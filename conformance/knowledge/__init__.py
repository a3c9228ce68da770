"""What is known about a server, built from the stream of exchanges alone; unknown is a state."""
