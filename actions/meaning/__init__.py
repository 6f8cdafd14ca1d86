"""What a message means in the state of the dialogue: every message is weighed here first.

Begin with `weighing.judged`; `meanings` is the table of what each meaning needs, `state` gathers
what holds, `forms` tells what the words show. May be imported by `form`, `case` and `talk`; imports
`judgement` and the files of `actions`.
"""
