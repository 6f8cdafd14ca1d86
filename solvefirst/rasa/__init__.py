"""A real Rasa server beside us: its environment, its model, its process."""
