"""What follows from a recording: who wrote what is remembered, and what each time step taught."""
