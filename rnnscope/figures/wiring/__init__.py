"""The wiring of a cell as a drawing: its nodes and edges, where they lie, how lines go between them, what flows."""
