"""Wire models of figures and of supervision. Begin with `figures`."""
