#!/usr/bin/env python3
"""Write casemap.def: the simple case mapping of Unicode as the C library knows it in the locale C.UTF-8."""
import ctypes
import locale

locale.setlocale(locale.LC_ALL, "C.UTF-8")
libc = ctypes.CDLL(None)
for name in ("towupper", "towlower"):
    getattr(libc, name).restype = ctypes.c_uint32
    getattr(libc, name).argtypes = [ctypes.c_uint32]


def rows(mapping):
    """(first, last, step, delta): first, first + step ... last are moved by delta"""
    out = []
    for c in range(0x80, 0x110000):
        if 0xD800 <= c < 0xE000:
            continue
        delta = mapping(c) - c
        if delta == 0:
            continue
        if out and out[-1][3] == delta:
            first, last, step, _ = out[-1]
            if c - last == step or (first == last and c - last <= 2):
                out[-1] = (first, c, c - last, delta)
                continue
        out.append((c, c, 1, delta))
    return out


print("/* soda/casemap.def - simple case mapping beyond ASCII; written by soda/casemap.py, not by hand */")
for table, mapping in (("UPPER", libc.towupper), ("LOWER", libc.towlower)):
    print()
    line = ""
    for first, last, step, delta in rows(mapping):
        item = f"{table}(0x{first:04x}, 0x{last:04x}, {step}, {delta})"
        if len(line) + len(item) > 110:
            print(line)
            line = ""
        line += (" " if line else "") + item
    print(line)
