"""What follows from a recording: who wrote what is remembered, what each step taught, and what an output follows."""
