"""Letters of many kinds, for texts that nobody would write."""

LETTERS = "".join(map(chr, range(0x20, 0x250))) + (
    "\t\n\r\x00\x1b\x85\u200b\u200f\u2028\u2019\u201c\u2013\u20ac\u2116\ufb01\ufeff"
    "\u0130\u0131\u1e9e\u0301\u0308\u03a9\u0434\u05d0\u0627\u0663\u0967\u3042\u4e09\uff13\U0001d7d8\U0001f600"
)
"""Named one by one: a strategy for all of Unicode first asks each of its million characters
whether it can be encoded. Without a cache that took longer than all the tests here."""
