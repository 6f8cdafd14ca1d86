"""Run the command line as `python -m solvefirst`."""

from solvefirst.cli import main

main()
