"""Word lists of the sentence check: opposites, words for the same, and words of no weight."""

from typing import Final

# Sides that exclude each other.
OPPOSITES: Final = (
    "input|output",
    "total|active",
    "minimum least|maximum most",
    "advantage|disadvantage weakness",
    "free unpaid|paid",
    "open open-source open-weight|closed proprietary closed-source",
    "commercial|non-commercial noncommercial",
    "smaller smallest|larger largest bigger biggest",
    "cheaper cheapest|dearer dearest",
    "stronger|weaker",
    "older|newer newest",
    "before earlier|after later",
    "more over above beyond exceed|fewer less below under",
    "double doubled twice|halve halved half",
    "daily day|monthly month|yearly year annual|hour hourly|minute|second",
    "dollar usd $|euro eur €",
    "per-thousand|per-million|per-billion",
    "on|off",
    "agree|disagree",
    "text-only|multimodal",
    "consumer|commercial enterprise",
)

# Words that say the same about language models.
SYNONYMS: Final = (
    "licence license licensed licensing",
    "permit allow",
    "organisation organization company business enterprise firm",
    "customisation customization customizable customisable customizability adapt customised",
    "size big parameter",
    "ram memory",
    "window context length hold holds fit",
    "made make maker develop created create creator behind come from",
    "release launch disclose reveal appear publish out put announced announce announcement follow",
    "price cost pay charge fee",
    "retention keep store retain kept",
    "train training",
    "need require want take demand",
    "withdraw retire leave left remove",
    "personal personalised personalized",
    "image picture photo",
    "vote voting",
    "test measurement benchmark measure",
    "local locally self-hosted self-host machine",
    "download downloadable",
    "start beginning early",
    "power electricity",
    "hardware machine",
    "weakness weak limit limitation",
    "multimodal multimodality",
    "transparency transparent",
    "web internet",
    "name call list give describe",
    "secondary third third-party",
    "several many various",
    "own itself themselves self",
    "rule thumb recommend suggest",
    "current today now newest latest",
    "approval approve approved",
    "ask permission request",
    "user customer people subscriber",
    "fast speed rapid quick",
    "quality high-quality",
    "cloud hosted host hosting",
    "modify change modification inside",
    "infrastructure setup",
    "different differ",
    "confidential personal",
)

# Words that carry little of what a sentence claims: one that adds them adds nothing.
LIGHT: Final = """
    not no never none nothing nobody neither nor unknown undisclosed unpublished lack lacks without
    cannot forbid forbidden prohibit prohibited exclude excluded refuse decline impossible unable
    unavailable hardly withheld locally according accordingly accord date day count range ranges
    sends sent given logs
    about above across actually add additional admit again ahead allow already although among
    amount another apart apply around aside attribute available away back base basically become
    begin behind being below best better beyond bring briefly by call can case certain change
    chiefly choose clear clearly close come compare concern consider contain containing contrary
    cover current cut default define definition describe despite detail different directly
    document due during each easily either else end enough entire especially etc even exact
    exactly example exception exist fact factor fairly far few figure final find first fit
    following for form former further general generally get give given go good great group half
    hand happen hence hold idea important in include including indeed inside instance instead
    intend interesting involve issue item itself just keep kind know known large largely last
    later latter lead least less let level likely limit limited line list little load look main
    mainly make makes many matter mean means member mention mere merely method mind must name
    namely near nearly necessary need nevertheless new newer next normal normally note now
    number offer often once ones open-ended option ordinary other otherwise overall own page
    part particular particularly pass place plain please point possible possibly power
    presumably previous primarily probably properly provide publisher purpose put puts quite
    rather read really reason refer regard regarding relate related relatively remain require
    respective respectively rest result right rise roughly rule run said say second section see
    seem send separate serve set several shall show side similar simple simply since single sit
    situation size small so sole solely sort source speak specific specifically spread stand
    start state stay stays step still subject such sum suppose sure table take talk term than
    them then there thing think this those thought three through thus time together too toward
    traffic true truly turn two type typical typically under unlike until upon us use used
    useful user using usual usually value variant various version via want way whatever whenever
    whether while whole whom whose wide wish within word work worth would write year yet no one
    model token somewhat approximately bigger larger smaller largest smallest sibling longer
    shorter older company vendor product system family parameter passage series range individual
    people person anyone everyone
""".split()
