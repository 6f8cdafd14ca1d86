"""Patterns of danger in English, as written in haste. Regular expressions."""

_WHO = (
    r"(?:child|son|daughter|kid|boy|girl|baby|toddler|mother|father|mom|mum|dad|grand\w+"
    r"|wife|husband"
    r"|sister|brother|aunt|uncle|niece|nephew|old (?:man|woman|lady)|elderly \w+"
    r"|[0-9]{1,3}[- ]years?[- ]old)"
)
_BE = r"(?:is|are|am|was|were|'s|'re|'m|has been|got|gets|getting|being|just)"
_FEW = r"(?: \w+){0,3}"

FIRE = (
    r"on fire\b",
    r"(?:a |big |huge )?fire (?:in|at|on|inside|broke|started|is|everywhere)\b",
    r"there(?:'s| is) (?:a |an )?(?:\w+ )?(?:fire|explosion)\b",
    r"(?:house|building|flat|apartment|car|kitchen|shop|forest|factory) fire\b",
    r"(?:thick|black|heavy|lots of) smoke\b",
    r"smoke (?:is |'s )?(?:coming|pouring|everywhere|filling|all over|in|inside|from)\b",
    r"(?:full of|filled with|filling with) smoke\b",
    r"(?:see|smell) smoke\b",
    r"(?:is|are) burning(?! (?:trash|rubbish|garbage|leaves|joss|paper|straw|incense))\b",
    r"(?:catch(?:es|ing)?|caught) fire\b",
    r"(?:burst(?:s|ing)?|went up) in(?:to)? flames\b",
    r"flames\b",
    r"explo(?:ded|des|ding)\b",
    r"(?:an?|huge|big|loud) explosion\b",
    r"fire+\W{0,5}$",
    r"fire!+",
)
GAS = (
    rf"gas{_FEW} leak(?:ing|s|ed)?\b",
    r"leaking gas\b",
    r"gas smell\b",
    r"smell of gas\b",
    r"(?:smell(?:s|ing)?|stinks|reeks)(?: (?:like|of|strong|some|a lot of)){0,2} gas\b",
    r"carbon monoxide\b",
    r"gas is (?:hissing|coming|escaping)\b",
    r"hit a gas\b",
    r"gas (?:pipe|main|line) (?:broke|burst|is broken|was hit|ruptured)\b",
    r"(?:chemical|ammonia|chlorine|acid|toxic)(?: \w+)? (?:leak|spill|fumes|cloud)(?:ing|s|ed)?\b",
)
SELF_HARM = (
    r"kill(?:ing)? (?:myself|himself|herself|themselves)\b",
    r"suicid(?:e|al)\b",
    r"(?:want|going|wanna|wants) to die\b",
    r"end (?:my|her|his) (?:own )?life\b",
    r"end it all\b",
    r"(?:see|have|no) (?:any )?(?:point|reason) (?:in|to) (?:living|live|going on)\b",
    r"can'?t do this any ?more\b",
    r"don'?t want to (?:live|be alive|be here any ?more)\b",
    r"self[- ]harm",
    r"(?:better off|no reason) (?:dead|without me|to live)\b",
    r"can'?t (?:go on|take it) any ?more\b(?=.{0,40}\b(?:end|die|goodbye|life)\b)?",
    r"jump(?:ing)? (?:off|from|down)\b",
    r"(?:going|about|threatening|wants) to jump\b",
    r"(?:cut|slit)(?:ting|s)? (?:my|her|his) wrists?\b",
    r"(?:hang|hurt) (?:myself|herself|himself)\b",
    r"(?:took|swallowed|taken) (?:all|a bottle|too many)(?: \w+){0,5} (?:pills|tablets)\b",
    r"miss me when i'?m gone\b",
    r"on the (?:ledge|edge of the (?:roof|bridge))\b",
    r"goodbye(?: \w+)? (?:world|everyone|forever)\b",
)
MEDICAL = (
    (
        r"(?:collapsed|unconscious|fainted|passed out|unresponsive|not responding)\b"
        r"(?! (?:wall|roof|bridge|road))"
    ),
    r"(?:not|isn'?t|stopped|can'?t|cannot|can not|couldn'?t|hardly|barely) breath(?:ing|e)\b",
    r"trouble breathing\b",
    r"no (?:pulse|heartbeat)\b",
    r"sos\b",
    r"heart attack\b",
    r"chest pains?\b",
    r"cardiac\b",
    r"bleeding\b(?! me)",
    r"(?:a lot of|so much|covered in|blood) blood\b",
    r"blood everywhere\b",
    r"(?:call|need|send|get|want)(?: \w+){0,3} ambulance\b",
    r"ambulance (?:now|please|quick|asap)\b",
    r"(?:having|had|has) a (?:stroke|seizure|fit)\b",
    r"seizures?\b",
    r"drown(?:ing|ed|s)?\b",
    r"electrocuted\b",
    r"choking\b",
    r"overdos(?:e|ed|ing)\b",
    r"poisoned\b",
    r"(?:drank|swallowed|ate)(?: \w+){0,3} (?:pesticide|poison|bleach|rat poison|battery)\b",
    r"in labou?r\b",
    r"(?:her |my )?water (?:just )?broke\b(?! pipe)",
    r"giving birth\b",
    r"baby is coming\b",
    r"(?:won'?t|doesn'?t|can'?t) wake(?: \w+)? up\b",
    r"not moving\b",
    (
        r"(?:fell|fallen|falls)(?: \w+)? (?:into|in|off|from|down) (?:the |a |an )?(?:\w+ ){0,2}"
        r"(?:manhole|river|lake|well|pit|water|canal|roof|balcony|window|floor|scaffold\w*|ladder"
        r"|tracks|platform|sea|pond|pool)\b"
    ),
    rf"dog{_FEW} (?:attack(?:ing|ed|s)?|biting|mauling)\b",
    r"(?:bitten|attacked) by a (?:\w+ )?dog\b",
    r"(?:bitten by a|snake bit)\b",
    r"(?:is|are|he'?s|she'?s) dying\b(?! of)",
    r"severely (?:hurt|injured|burn\w*)\b",
    r"someone(?:'s| is| has been)? (?:badly |seriously )?(?:hurt|injured|shot)\b",
)
TRAPPED = (
    (
        r"(?:stuck|trapped|locked) (?:in|inside|under|between|on)(?: \w+){0,3} "
        r"(?:lift|elevator|rubble|car|building|room|basement|roof|floors?|debris"
        r"|bathroom|toilet|tunnel|mud)\b"
    ),
    (
        rf"(?:lift|elevator){_FEW} (?:stopped|stuck|dropped|broke|jammed)\b.{{0,40}}"
        r"\b(?:inside|in it|people|us|can'?t|door)\b"
    ),
    (
        r"(?:people|person|someone|somebody|child|kid|baby|man|woman|i am|i'?m|we are"
        r"|we'?re|workers?) "
        r"(?:is |are |still )*(?:trapped|buried|pinned)\b"
    ),
    r"(?:hand|arm|leg|foot|fingers?|head)(?: is| got|'s)? (?:caught|stuck|trapped)\b",
    r"(?:buried|pinned) under\b",
    r"can'?t get out\b(?! of (?:the )?(?:contract|debt|loop|parking))",
)
CRIME = (
    (
        rf"{_BE}(?: \w+)? (?:beaten|attacked|robbed|stabbed|raped|kidnapped|assaulted|mugged"
        r"|strangled|threatened|shot|stalked|followed|held hostage)\b"
    ),
    (
        r"(?:fighting|a fight)\b(?=.{0,60}\b(?:now|kni(?:fe|ves)|blood|street|outside"
        r"|downstairs|bottles?)\b)"
    ),
    (
        r"(?:with|has|holding|have|got|pulled|waving) (?:a |an "
        r"|the )?(?:big )?(?:kni(?:fe|ves)|guns?|machete|axe)\b"
    ),
    (
        r"(?:robbery|robber|burglar|intruder|hostage|kidnap(?:ped|ping|per)?"
        r"|gunshots?)\b(?=.{0,60})(?!, )"
    ),
    (
        r"(?:beating|attacking|stabbing|hitting|robbing|chasing|following|choking|raping"
        r"|threatening) (?:up )?"
        r"(?:a |an |the |my |his |her )?(?:\w+ )?(?:man|woman|person|someone|people|child|me"
        r"|us|him|her|wife|girl"
        r"|boy|mother|mom|sister|kids?|student|passenger|driver)\b"
    ),
    r"(?:break|broke|breaking|broken) in(?:to)? (?:my|our|the|a)\b",
    r"breaking in\b",
    r"(?:smashing|kicking|banging on) (?:in |down )?(?:my|our|the) (?:front )?(?:door|window)",
    r"gunshots?\b",
    r"someone(?:'s| is) in my (?:house|home|flat|apartment)\b",
    r"hits? me\b",
    r"beats? me\b",
    r"domestic violence (?:now|next door|in)\b",
    r"kill (?:me|us|him|her|you)\b",
    r"(?:won'?t|will not|not) let(?:ting)? (?:me|us|her|him) (?:leave|go|out)\b",
    r"held here against\b",
    r"snatched (?:my|a|her|his)\b",
    r"dragg(?:ed|ing) (?:a|the|her|him|me) ",
)
ELECTRIC = (
    r"(?:sparks?|sparking)\b",
    r"electrified\b",
    r"(?:live|fallen|downed|broken|snapped) (?:power |electric(?:al)? )?(?:wire|line|cable)s?\b",
    (
        r"(?:power|electric(?:al)?|high[- ]voltage)? ?(?:wire|line|cable)s?(?: \w+){0,3} "
        r"(?:down|fell|fallen|hanging|broken|snapped)\b"
    ),
    r"electric shock\b",
    r"got (?:a |an )?shock(?:ed)?\b",
)
HURT_IN_TRAFFIC = (
    (
        r"(?:car|traffic|road|bike|motorcycle|bus|truck|train|scooter)?(?: |-)?"
        r"(?:crash|accident|collision|pile-?up)\b"
    ),
    (
        r"(?:hit|run over|knocked down|knocked over) by (?:a |an |the )?(?:\w+ )?"
        r"(?:car|bus|truck|van|taxi|bike|scooter|e-bike|motorbike|lorry|train)\b"
    ),
    (
        r"(?:car|bus|truck|van|lorry|coach|taxi|minibus)(?: \w+)? (?:overturned|flipped"
        r"|rolled over|plunged)\b"
    ),
    r"(?:ran|run|drove) over (?:a|an|my|the|someone)\b",
    r"hit[- ]and[- ]run\b",
    r"(?:car|bus|truck|van|taxi|scooter) (?:just )?hit (?:a|an|my|the|someone|two|three)\b",
)
TRAFFIC = (r"(?:cars|trucks) (?:have )?(?:just )?(?:collided|crashed)\b",)
MISSING = (
    (
        rf"{_WHO}(?: \w+){{0,5}} (?:missing|lost|disappeared|vanished|kidnapped|wandered off)\b"
        r"(?! (?:the|a|an|my|his|her|id|card|phone|teeth|tooth|weight|job|work)\b)"
    ),
    r"(?:missing|lost) (?:child|boy|girl|kid|person|toddler|elderly)\b",
    rf"(?:can'?t|cannot|couldn'?t) find (?:my|our) (?:\w+ )?{_WHO}\b",
    rf"lost my (?:little |\w+ )?{_WHO}\b",
    (
        rf"{_WHO}\b.{{0,30}}\b(?:hasn'?t|didn'?t|not|never) (?:come|came|returned"
        rf"|been) (?:home|back|seen)\b"
    ),
    rf"{_WHO}\b.{{0,20}}can'?t find (?:his|her|their) (?:parents|mom|mum|mother|family|home)\b",
)
COLLAPSE = (
    (
        r"(?:building|wall|roof|bridge|scaffold(?:ing)?|ceiling|house|crane|tunnel"
        r"|floor) (?:has |have |just |is |are |partly )*"
        r"(?:collaps(?:ed|ing)|fell|fallen|falling|caved)\b"
    ),
    r"(?:has|have|just) collapsed\b",
    r"sinkhole\b",
    r"landslides?\b",
    r"mudslide\b",
    r"rockslide\b",
    r"(?:about|going) to (?:fall|collapse|come down|topple)\b",
    (
        r"(?:tree|billboard|sign|crane|scaffolding|bricks|glass|tiles|rocks) "
        r"(?:is|are|has|have|just) ?(?:been )?(?:falling|fallen|fell|coming down)\b"
        r"(?=.{0,60}\b(?:people|kids?|child|car|road|on|someone)\b)"
    ),
)
WATER = (
    (
        r"flood(?:ed|ing|s|water| water)?\b(?=.{0,80}\b(?:trapped|people|stuck|inside|waist|chest"
        r"|neck|sinking|help|rising|rescue|can'?t)\b)"
    ),
    r"water (?:is |level is |keeps )?(?:rising|up to (?:my|our|the|his|her))\b",
    r"(?:swept|washed) away\b",
    r"dam (?:is )?(?:breaking|broke|burst)\b",
    r"(?:car|bus|boat)(?: \w+)? sinking\b",
)
