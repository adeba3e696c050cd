"""Words for kinds of things, and which of them mean the same: "television" and "HDTV" are TVs. Knows no brand and no product.

A kind is named by the first word of its line. Accessories are what goes with another thing and is not that thing.
"""

from collections.abc import Iterable


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_KINDS = """
    tv television hdtv
    monitor
    laptop notebook ultrabook
    desktop computer pc tower prebuilt workstation
    tablet
    phone smartphone cellphone telephone
    earbud earphone bud
    headphone
    headset
    speaker
    soundbar
    subwoofer
    watch
    tracker
    camera camcorder cam
    dashcam
    doorbell
    drone quadcopter
    lens lenses
    gimbal
    microphone mic
    projector
    console
    streamer
    game
    powerbank
    printer
    router
    modem
    motherboard mainboard mobo
    ssd
    hdd
    ram memory
    gpu
    cpu processor
    mouse mice
    keyboard
    keypad
    vacuum vac
    mop
    blender
    mixer
    fryer airfryer
    oven
    cooker
    coffeemaker brewer
    espresso
    kettle
    toaster
    skillet
    grill
    refrigerator fridge
    freezer
    washer
    dryer
    dishwasher
    purifier
    humidifier
    dehumidifier
    fan
    heater
    drill
    driver
    screwdriver
    saw chainsaw
    sander
    nailer
    grinder
    mower
    trimmer
    inflator
    compressor
    jacket parka
    coat
    shirt tee
    polo
    hoodie hoody
    sweater pullover sweatshirt
    pant trouser jogger
    short
    shoe sneaker runner
    boot
    sandal slide
    hat cap
    vest
    glove
    dress
    stereo
    jumpstarter
    beanie
    sock
    backpack bookbag rucksack daypack
    luggage suitcase
    wallet
    sunglasses
    puzzle
    knife knives
    tent
    mat
    dumbbell
    treadmill
    bike bicycle
    chair
    desk
    table
    sofa couch
    mattress
    pillow
    lamp
    bulb
    toothbrush
    shaver razor
    mug tumbler
    ereader reader
"""
_ACCESSORIES = """
    case cover folio sleeve
    protector
    skin
    strap
    band
    charger
    cable cord
    adapter
    mount bracket
    holder
    stand
    dock
    hub
    enclosure
    cartridge toner
    filter
    replacement
    refill
    battery batteries
    bit
    blade
    attachment
    controller gamepad
    remote
    bag
    tripod
    stylus pencil
    earpad cushion pad
    fence
    towel
    nozzle gun
    sled
    gauge
    nest
"""


def _named(lines: str) -> dict[str, str]:
    rows = [line.split() for line in lines.splitlines() if line.strip()]
    return {word: row[0] for row in rows for word in row}


_ACCESSORY = _named(_ACCESSORIES)
KINDS = _named(_KINDS) | _ACCESSORY
ACCESSORIES = frozenset(_ACCESSORY.values())
# What a well-known line of things is, of which titles seldom say so.
FAMILIES = {
    "iphone": frozenset({"phone"}),
    "ipad": frozenset({"tablet"}),
    "macbook": frozenset({"laptop"}),
    "chromebook": frozenset({"laptop"}),
    "smartwatch": frozenset({"watch"}),
    "imac": frozenset({"desktop"}),
    "thinkpad": frozenset({"laptop"}),
    "airpod": frozenset({"earbud", "headphone"}),
    "kindle": frozenset({"ereader", "tablet"}),
    "playstation": frozenset({"console"}),
    "xbox": frozenset({"console"}),
    "switch": frozenset({"console"}),
    "quest": frozenset({"headset"}),
    "roomba": frozenset({"vacuum", "mop"}),
}
# Words of a wish that a title may leave out, as it says the same otherwise or takes it for granted.
TACIT = _set(
    "bluetooth portable smart unlocked electric digital automatic home adult kid machine maker system set device tool "
    "brand gen class size model edition pair style serve single piece kit original official series version"
)
ALSO = {  # what a word says beside itself
    "earbud": frozenset({"wireless"}),
    "bluetooth": frozenset({"wireless"}),
    "cordless": frozenset({"wireless"}),
    "lightspeed": frozenset({"wireless"}),
    "airpod": frozenset({"wireless"}),
}
OPPOSITES = {  # what a title says in the place of what a wish says
    **dict.fromkeys(("wireless", "bluetooth", "cordless"), frozenset({"wired", "corded"})),
    **dict.fromkeys(("wired", "corded"), frozenset({"wireless", "cordless"})),
}
COLOURS = _set("black white silver gray blue red green gold pink purple yellow orange brown starlight midnight graphite teal beige")
_FILLER = _set(
    "a an and any at be by can could for from get good great i in it like looking me my need of on one only or some that the this "
    "to want wanted with would please preferably new least up under below over than most "
    "refurbished refurb renewed used box preowned "
    "inch inche gb tb qt quart oz ounce lb pound ft foot feet mm cm w v volt watt ah mah hz ghz ml liter litre gallon gal"
)
_SAME = {"people": "person", "grey": "gray", "generation": "gen", "mens": "men", "womens": "women", "pcs": "piece"}


def one_form(word: str) -> str:
    """A word without its plural, and in the form that all who mean the same have; the kind's name where it names one."""
    if word in KINDS or word.removesuffix("s") in KINDS:
        return KINDS.get(word) or KINDS[word.removesuffix("s")]
    if len(word) > 4 and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = _SAME.get(word, word)
    return KINDS.get(word, word)


def in_one_form(words: Iterable[str]) -> frozenset[str]:
    """All words that say something, each in one form."""
    formed = {one_form(word) for word in words if len(word) > 1}
    return frozenset(word for word in formed if word not in _FILLER and not word[0].isdigit())
