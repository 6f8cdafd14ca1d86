"""The clocks of cases in the database. Joint work's lists import it. Begin with `clocks`."""
