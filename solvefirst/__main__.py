"""`python -m solvefirst`."""

from solvefirst.cli import main

main()
