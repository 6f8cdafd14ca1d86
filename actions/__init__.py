"""rasa-sdk actions: what the dialogue does with an understood message.

`talk` stands above `case`, `case` above `form`, `form` above `judgement`; a folder imports only
those below it and the files here. These are what every action uses: the turn (`turn`), the message
(`message`), the matter under way (`draft`, `course`), the catalogue (`book`), words (`words`,
`phrases`), files, and the services outside (`context`). Begin with `turn.CitizenAction`.
"""
