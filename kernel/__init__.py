"""What every process shares: settings, clock, database, jobs, bell, crypto, logging, ids.

Knows nothing of hotlines and imports nothing of the other rooms.
"""
