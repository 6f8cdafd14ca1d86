"""What runs at a message: both stages of the model, and the parts that they stand on.

Begin with `understanding.Understanding.parse`. `second` reads what the first stage is unsure of,
`matters` divides a message of several, `versions` opens the model that serves. May be imported by
`evaluation`, `training` and `learning`; imports `extract` and the files of `nlu`.
"""
