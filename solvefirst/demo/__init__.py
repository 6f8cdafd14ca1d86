"""`solvefirst demo`: an example city that looks lived in."""
