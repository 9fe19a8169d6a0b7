#!/usr/bin/env python3
"""Write letters.def: what words are made of, by the general categories of Unicode: letters, marks and numbers."""
import unicodedata

print("/* soda/letters.def - characters of words beyond ASCII, first to last; written by soda/letters.py, not by hand */")
print(f"/* Unicode {unicodedata.unidata_version} */")
rows = []
for c in range(0x80, 0x110000):
    if unicodedata.category(chr(c))[0] in "LMN":
        if rows and rows[-1][1] == c - 1:
            rows[-1][1] = c
        else:
            rows.append([c, c])
line = ""
for first, last in rows:
    item = f"LETTERS(0x{first:04x}, 0x{last:04x})"
    if len(line) + len(item) > 110:
        print(line)
        line = ""
    line += (" " if line else "") + item
print(line)
