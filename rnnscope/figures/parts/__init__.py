"""What single views are made of: the numbers that they show, where these lie, and their panels."""
