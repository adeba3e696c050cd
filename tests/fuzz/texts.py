"""Texts as people and machines write them: words of deals in any order, amounts in any form, and every other character."""

from hypothesis import strategies as st

_SIGNS = ["$", "US $", "US$", "USD", "A$", "AU$", "C$", "€", "£", "¢", "%", "＄", "=", ""]
_WORDS = """
for was were from to off save saving savings up free shipping shipped with code promo coupon after rebate MIR each a per month
mo year starting at as low less than under over list price reg regular MSRP retail typically elsewhere lowest we could find next
best by all-time record average in cart gift card credit bonus new refurbished refurb open-box used renewed and or plus 2-pack
pack of buy get BOGO one two three x ( ) [ ] - – — , . : ; ! ? & + / @ | * ~ # half cheaper more drops ever seen that's it's is
now only just down Amazon Walmart Acme drill 20V laptop 16GB 1TB 27" monitor Switch 2 clearance sale deals
""".split()  # noqa: SIM905 (a list of 150 lines tells no more)
_DIGITS = st.integers(0, 10**9).map(str) | st.text("0123456789.,' ٣３", min_size=1, max_size=12)
_AMOUNTS = st.tuples(st.sampled_from(_SIGNS), st.sampled_from(["", " ", "\u00a0"]), _DIGITS, st.sampled_from(_SIGNS)).map("".join)
_PRICES = st.decimals(0, 99_999, places=2).map(lambda amount: f"${amount:,}")
_OTHERS = st.text(max_size=5)
TOKENS = st.sampled_from(_WORDS) | _AMOUNTS | _PRICES | _OTHERS
TEXTS = st.lists(st.tuples(TOKENS, st.sampled_from([" ", " ", "", "\n", "\t"])).map("".join), max_size=25).map("".join)
# One piece again and again: what makes a pattern that backtracks slow.
REPEATED = st.tuples(st.lists(TOKENS, min_size=1, max_size=4).map("".join), st.sampled_from(["", " "])).map("".join)
