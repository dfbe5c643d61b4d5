#!/usr/bin/env python3
"""Prints src/base/decimal_powers.c: the powers of ten that decimal.c multiplies by."""

FIRST, LAST = -292, 324


def scaled(power):
    """10^power times the power of two that puts it into [2^127, 2^128), rounded up."""
    numerator, denominator = (10**power, 1) if power >= 0 else (1, 10**-power)
    shift = 127 - ((power * 1741647) >> 19)
    if shift >= 0:
        numerator <<= shift
    else:
        denominator <<= -shift
    value = -(-numerator // denominator)
    assert 1 << 127 <= value < 1 << 128
    return value


print("/* decimal_powers.c: powers of ten as 128-bit fractions; written by tools/decimal_powers.py. */")
print('#include "base/decimal.h"\n')
print("const uint64_t rf_decimal_powers[RF_DECIMAL_POWER_LAST - RF_DECIMAL_POWER_FIRST + 1][2] = {")
for power in range(FIRST, LAST + 1):
    value = scaled(power)
    print("    { 0x%016X, 0x%016X }, /* 1e%d */" % (value >> 64, value & (1 << 64) - 1, power))
print("};")
