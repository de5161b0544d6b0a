"""How statements run: one file per library, which turns them into functions."""
