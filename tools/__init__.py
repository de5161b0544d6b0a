"""What those who work on rnnscope run, and its users never do."""
