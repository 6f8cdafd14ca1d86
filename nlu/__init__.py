"""Understanding: intent, category, details, emergencies. Imports nothing of the other rooms."""
