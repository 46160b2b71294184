"""What is kept of a person: all of it to carry away, and the end of an account."""
