"""Shops by name, as people write them, and the words that stand beside them. Not all there are: those that many know.

Names of makers that sell their own goods are no shops here: "Dell: $599 Inspiron 15" names the thing by both.
"""

import re


def _listed(lines: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in re.split(r"[,\n]", lines) if name.strip())


SHOPS = _listed("""
    Abercrombie, Academy Sports, Ace Hardware, Adorama, AliExpress, Alibaba, Amazon, Apple Store, AutoZone, Backcountry, Banggood
    Barnes & Noble, Bed Bath & Beyond, Best Buy, BestBuy, BJ's, B&H, Bloomingdale's, Big Lots, Blain's, Cabela's, Chewy, Costco
    Craigslist, Crutchfield, CVS, Daily Steals, Dick's, Dillard's, DHgate, Dollar General, eBay, Etsy, Eastbay
    Facebook Marketplace, Foot Locker, Fry's, GameStop, Gearbest, Google Store, Groupon, Harbor Freight, Home Depot, HSN, IKEA
    JB Hi-Fi, JCPenney, Kmart, Kohl's, Kroger, Lowe's, Macy's, Massdrop, Meh, Menards, Micro Center, MicroCenter, Monoprice, NCIX
    Neiman Marcus, Newegg, Nordstrom, Officeworks, Office Depot, OfficeMax, Old Navy, Overstock, Petco, PetSmart, QVC, REI
    Rite Aid, Sam's Club, SamsClub, Sears, Sephora, Shein, Shopee, Staples, StackSocial, Target, Temu, TigerDirect, Tractor Supply
    Ulta, UntilGone, Walgreens, Walmart, Wayfair, Wish, Woot, Zappos
""")
# Of games. Their names are words of other things as well: "steam" of a mop, "epic" of a trailer.
_GAME_SHOPS = _listed("""
    Epic Games, Epic Store, Fanatical, GOG, Green Man Gaming, GreenManGaming, GMG, Humble, itch.io, Microsoft Store, Nintendo eShop
    eShop, PlayStation Store, PS Store, PSN, Steam, Xbox Store
""")


def _pattern(name: str) -> str:
    return re.escape(name).replace("'", "'?").replace(r"\ ", r"\s?").replace(r"\&", "(?:&|and)")


_MAKERS = frozenset({"Abercrombie", "IKEA", "Monoprice"})  # what they sell bears their names
_NAMES = "|".join(map(_pattern, sorted({*SHOPS, *_GAME_SHOPS} - _MAKERS, key=lambda name: (-len(name), name))))
SHOP = rf"(?:the\s)?(?:{_NAMES})(?:\.(?:com|net|ca|de|co\.uk|com\.au))?(?:\s(?:Canada|Australia|(?-i:USA?|UK|CA|AU)))?"
# When and how things are on sale, and what belongs to a shop: words that name no thing.
OCCASION = (
    r"(?:black\sfriday|cyber\s(?:monday|week)|prime\sday|(?:memorial|labou?r|presidents?'?|independence|father'?s|mother'?s|boxing)\sday"
    r"|4th\sof\sjuly|july\s4th|holiday|christmas|(?:new\s)?year'?s|year-?end|end\sof\s(?:season|year)|season(?:al)?|back\sto\sschool"
    r"|spring|summer|fall|autumn|winter|weekend|week(?:ly)?|daily|one[- ]day|[1-9]?[0-9][- ](?:day|hour)|today'?s|anniversary"
    r"|early|annual|big|huge|mega|super|hot|great|best|final|last|limited(?:[- ]time)?|flash|lightning|special|exclusive|private"
    r"|members?(?:'s?)?|prime|in-?store|store|online|app|warehouse|outlet|resale|overstock|manufacturer|clearance|closeout|blowout"
    r"|liquidation|rollback|open[- ]box)"
)
SHOP_WORDS = (
    rf"{OCCASION}|membership(?:\srequired)?|card-?holders?|exclusives?|stores|plus|circle|photo|sporting\sgoods|improvement|doorbusters?"
    r"|specials|deals?(?:\sof\sthe\s(?:day|week))?|sale|event|only|ymmv|select|locations?|club|wow|marketplace"
    r"|redcard|business|s&s|refurbished|special\sbuy|of\sthe\sday|w/\sprime"
)
