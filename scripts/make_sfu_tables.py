#!/usr/bin/env python3
"""Makes isa/sfu/sfu_tables.json: the coefficients of the special-function unit, as integers.

    scripts/make_sfu_tables.py [OUT.json]      (default: isa/sfu/sfu_tables.json of this checkout)

A table is a list of pieces, a piece 32 segments of equal width, a segment one cubic in d = 0..1 across it:

    y(d) = c0 2^-30 + c1 2^-31 d + c2 2^-32 d^2 + c3 2^-33 d^3       (c0..c3 signed, 32 bits)

Each cubic interpolates its function at d = 0, 1/4, 3/4, 1 (the Chebyshev-Lobatto points, which are rational for a
cubic): its error is within 1.125 of the best cubic's, neighbours meet, and the left end is exact up to rounding,
which is what makes exp(0), log(1), tanh(0) and rsqrt(4^k) exact. Standard library only; sixty digits of decimal.
"""
import json
import sys
from decimal import Decimal as D
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, getcontext
from pathlib import Path

getcontext().prec = 60
SEGMENTS = 32
LN2 = D(2).ln()


def arctan_inverse(n):
    total, term, k = D(0), D(1) / n, 0
    while abs(term) > D(10) ** -58:
        total += term / (2 * k + 1) * (-1) ** k
        term /= n * n
        k += 1
    return total


PI = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))


def tanh(x):
    e = (-2 * x).exp()
    return (1 - e) / (1 + e)


def tanh_over_x(x):
    return tanh(x) / x if x else D(1)


def erf_over_x(x):
    total, term, k = D(0), D(1), 0
    while abs(term) > D(10) ** -56:
        total += term / (2 * k + 1)
        k += 1
        term *= -x * x / k
    return total * 2 / PI.sqrt()


def log_quotient_in(start, x):
    """log(1+u)/u, u = x-1, or x/2-1 for the segments from 1+13/32 on (next to sqrt(2)); x may be the right end."""
    u = x - 1 if start < D(1) + D(13) / SEGMENTS else x / 2 - 1
    return (1 + u).ln() / u if u else D(1)


def binade(f, low):
    """f over [low, 2 low)"""
    return lambda start, x: f(low * (1 + x))


def unit(f):
    """f over [0, 1)"""
    return lambda start, x: f(x)


TABLES = {
    "exp2": ("2^x, x in [0,1)", [unit(lambda x: (x * LN2).exp())]),
    "log": ("log(1+u)/u with u = m-1 (segments 0..12) or m/2-1 (13..31), m in [1,2)",
            [lambda start, x: log_quotient_in(1 + start, 1 + x)]),
    "tanh": ("tanh(x)/x, x in [0,1); tanh(x), x in [1,2) [2,4) [4,8) [8,16)",
             [unit(tanh_over_x)] + [binade(tanh, D(low)) for low in (1, 2, 4, 8)]),
    "erf": ("erf(x)/x, x in [0,1); erf(x), x in [1,2) [2,4)",
            [unit(erf_over_x)] + [binade(lambda x: x * erf_over_x(x), D(low)) for low in (1, 2)]),
    "rsqrt": ("1/sqrt(m), m in [1,2) [2,4)",
              [binade(lambda m: 1 / m.sqrt(), D(low)) for low in (1, 2)]),
}


def to_int(x, rounding=ROUND_HALF_EVEN):
    return int(x.to_integral_value(rounding=rounding))


def fit(f, start, width):
    """Newton's divided differences at d = 0, 1/4, 3/4, 1, expanded to powers of d, rounded to their units."""
    nodes = [D(0), D(1) / 4, D(3) / 4, D(1)]
    diff = [f(start, start + width * d) for d in nodes]
    for order in range(1, 4):
        for i in range(3, order - 1, -1):
            diff[i] = (diff[i] - diff[i - 1]) / (nodes[i] - nodes[i - order])
    power = [diff[3]]  # Horner over (d - node), lowest power first
    for i in (2, 1, 0):
        shifted = [D(0)] + power
        power = [shifted[j] - nodes[i] * (power[j] if j < len(power) else 0) for j in range(len(shifted))]
        power[0] += diff[i]
    row = [to_int(c * D(2) ** (30 + j)) for j, c in enumerate(power)]
    assert all(-(2**31) <= c < 2**31 for c in row), row
    return row


def make():
    tables, base = {}, 0
    for name, (summary, pieces) in TABLES.items():
        rows = [fit(f, D(i) / SEGMENTS, D(1) / SEGMENTS) for f in pieces for i in range(SEGMENTS)]
        tables[name] = {"summary": summary, "first_row": base, "rows": rows}
        base += len(rows)
    log2e = 1 / LN2
    log2e_high = to_int(log2e * 2**31, ROUND_FLOOR)
    ln2 = to_int(LN2 * 2**54)
    constants = {
        "log2e_high": {"summary": "log2(e), unit 2^-31, rounded down", "value": log2e_high},
        "log2e_low": {"summary": "the rest of log2(e), unit 2^-63",
                      "value": to_int((log2e * 2**31 - log2e_high) * 2**32, ROUND_FLOOR)},
        "ln2_high": {"summary": "ln(2), unit 2^-31, rounded down", "value": ln2 >> 23},
        "ln2_low": {"summary": "the rest of ln(2), unit 2^-54", "value": ln2 & (2**23 - 1)},
    }
    return constants, tables


def text_of(constants, tables):
    """JSON with one row a line, so that a change can be read in a diff."""
    out = ["{", '  "source": "scripts/make_sfu_tables.py",',
           '  "segments_per_piece": %d,' % SEGMENTS, '  "constants": {']
    out.append(",\n".join("    %s: %s" % (json.dumps(k), json.dumps(v)) for k, v in constants.items()))
    out += ["  },", '  "tables": {']
    blocks = []
    for name, table in tables.items():
        rows = ",\n".join("        " + json.dumps(row) for row in table["rows"])
        blocks.append('    %s: {\n      "summary": %s,\n      "first_row": %d,\n      "rows": [\n%s\n      ]\n    }'
                      % (json.dumps(name), json.dumps(table["summary"]), table["first_row"], rows))
    out.append(",\n".join(blocks))
    out += ["  }", "}"]
    return "\n".join(out) + "\n"


def main():
    default = Path(__file__).resolve().parent.parent / "isa" / "sfu" / "sfu_tables.json"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.write_text(text_of(*make()))


if __name__ == "__main__":
    main()
