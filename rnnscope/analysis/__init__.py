"""What follows from a trace and is not recorded in it, as plain numbers."""
