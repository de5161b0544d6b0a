"""One file per outside library or format; each alone imports its library, and only when it is used."""
