"""rasa-sdk actions: the case form, opening a case, progress."""
