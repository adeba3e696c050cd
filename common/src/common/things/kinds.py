"""Words for kinds of things, and which of them mean the same: "television" and "HDTV" are TVs. Knows no brand and no product.

A kind is named by the first word of its line. Accessories are what goes with another thing and is not that thing.
"""

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
    smartwatch
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
    halfzip
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
    webcam
    scanner
    turntable
    amplifier amp
    thermostat
    calculator
    telescope
    binocular
    microscope
    flashlight
    lantern
    cooler
    hammock
    canopy
    kayak
    scooter
    helmet
    wok
    juicer
    microwave
    rug
    curtain
    blanket
    comforter
    duvet
    candle
    mirror
    bookcase bookshelf
    dresser
    nightstand
    recliner
    stool
    wrench
    plier
    ladder
    multimeter
    generator
    sprayer
    welder
    blower
    doll
    plush plushie
    legging tight
    jean
    skirt
    blouse
    swimsuit
    robe
    pajama
    blazer
    belt
    scarf scarves
    slipper
    clog
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
    pouch
    lid
    liner
    decal sticker
    keychain
    accessory accessories
"""


def _named(lines: str) -> dict[str, str]:
    rows = [line.split() for line in lines.splitlines() if line.strip()]
    return {word: row[0] for row in rows for word in row}


_ACCESSORY = _named(_ACCESSORIES)
KINDS = _named(_KINDS) | _ACCESSORY
ACCESSORIES = frozenset(_ACCESSORY.values())
MADE_FOR = ACCESSORIES | {"lens", "ram"}  # what is asked for with the name of what it is to fit
