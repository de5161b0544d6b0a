"""What happens in one step? The wiring of the cell, with this moment's numbers on its lines."""

from rnnscope.figures.cell.view import cell as cell
