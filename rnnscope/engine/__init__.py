"""How a cell is computed: declaration -> graph -> statements -> NumPy source -> the loop over time, and back."""
