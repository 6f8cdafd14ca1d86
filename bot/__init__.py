"""The citizen's side: messages in, one turn at a time, messages out."""
