"""rasa-sdk actions: run the dialogue's steps for an understood message.

`talk` stands above `case`, `case` above `form`, `form` above `judgement`; a folder imports only
those below it and the files here. Every action uses these files: the turn (`turn`), the message
(`message`), the current draft (`draft`, `course`), the catalogue (`catalogue`), words (`words`,
`phrases`), files, and the external services (`context`). Begin with `turn.CitizenAction`.
"""
