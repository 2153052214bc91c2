"""Single faults in SystemVerilog text: where one can be planted, and which. rtl_mutants.py plants them.

`sites(text)` reads a file of rtl/ or a generated one and lists its sites: a piece of the text and what may stand there
instead. Left alone is what changes no behaviour or only fails to elaborate: comments, assertions, module headers,
declarations, parameters of instances, enumerations, generate headers, and the sinks of unused signals.
`draw(files, generator)` chooses sites one after the other.
"""
import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<directive>`[a-z]+[^\n]*)
  | (?P<string>"[^"\n]*")
  | (?P<number>\d*'s?[bdhBDH][0-9a-fA-F_xzXZ?]+|'[01](?![\w'])|\d[\d_]*)
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<symbol><<<|>>>|\|->|\|=>|<<|>>|<=|>=|===|!==|==|!=|&&|\|\||\+\+|--|\+=|-=|\+:|-:|::|'\(|.)
""", re.X | re.S)

# What a binary operator becomes, by kind of fault.
SWAPS = {
    "arithmetic": {"+": "-", "-": "+", "*": "+"},
    "comparison": {"<": "<=", "<=": "<", ">": ">=", ">=": ">"},
    "equality": {"==": "!=", "!=": "=="},
    "logic": {"&&": "||", "||": "&&"},
    "bitwise": {"&": "|", "|": "&", "^": "|"},
    "shift": {"<<": ">>", ">>": "<<", ">>>": ">>"},
}
DECLARATIONS = {"input", "output", "inout", "logic", "typedef", "parameter", "genvar", "int", "function", "import",
                "automatic", "package", "signed", "bit"}
BETWEEN = {"end", "else", "unique", "endcase", "always_comb", "initial", "endfunction", "endmodule", "endpackage", ";"}
OPEN = {"(", "[", "{", "'("}
CLOSE = {")", "]", "}"}
TABLE_BITS = 8  # a constant in hexadecimal or binary of this many bits or more is an entry of a table


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Site:
    kind: str
    start: int
    end: int
    options: tuple = ()  # texts; empty: one bit of the constant that stands there


@dataclass(frozen=True)
class Mutant:
    file: str
    kind: str
    start: int
    end: int
    new: str

    def apply(self, text):
        return text[:self.start] + self.new + text[self.end:]

    def lines(self, text):
        """Number of the first line that changes, those lines before and after, each in one line without indentation."""
        first, last = text.rfind("\n", 0, self.start) + 1, text.find("\n", self.end)
        after = self.apply(text)
        end_after = last + len(after) - len(text)
        return text.count("\n", 0, self.start) + 1, " ".join(text[first:last].split()), " ".join(after[first:end_after].split())


def tokens_of(text):
    """All but space and comments; what synthesis does not see (`ifndef YOSYS`) and directives are left out."""
    tokens, hidden = [], 0
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "directive":
            word = match.group().split()[0]
            if word in ("`ifndef", "`ifdef"):
                hidden += 1
            elif word == "`endif":
                hidden -= 1
        elif kind != "space" and hidden == 0:
            tokens.append(Token(kind, match.group(), match.start(), match.end()))
    return tokens


def closing(tokens, i):
    """Index of the bracket that closes the one at i."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += (tokens[j].text in OPEN) - (tokens[j].text in CLOSE)
        if depth == 0:
            return j
    return len(tokens) - 1


def until(tokens, i, *texts):
    """Index of the first of the texts at the depth of token i, from i on."""
    depth = 0
    for j in range(i, len(tokens)):
        if depth == 0 and tokens[j].text in texts:
            return j
        depth += (tokens[j].text in OPEN) - (tokens[j].text in CLOSE)
    return len(tokens) - 1


def ends_operand(token):
    return token.kind in ("number", "name") and token.text not in ("if", "else", "case", "begin") or token.text in CLOSE


@dataclass
class Statement:
    """A statement or a header of one: `tokens[first:last]`, of which the expressions from `active` on may change."""
    first: int
    active: int
    last: int
    assignment: int = -1   # index of its `=` or `<=`
    condition: tuple = ()  # of an if: first and last token between the parentheses
    is_loop: bool = False  # header of one


def statements(tokens):
    """Those in which a fault can be planted, in order."""
    i = 0
    while i < len(tokens):
        token = tokens[i]
        following = tokens[i + 1].text if i + 1 < len(tokens) else ""
        if token.text == "begin":
            i += 3 if following == ":" else 1
        elif token.text in BETWEEN:
            i += 1
        elif token.text == "always_ff":
            i = closing(tokens, i + 2) + 1
        elif token.text in DECLARATIONS or token.text == "module":
            i = until(tokens, i, ";") + 1
        elif token.text == "localparam":
            end = until(tokens, i, ";")
            yield Statement(i, until(tokens, i, "=", ";") + 1, end)
            i = end + 1
        elif token.text in ("if", "for", "case", "casez"):
            end = closing(tokens, i + 1)
            is_generate = following == "(" and (tokens[i + 2].text == "genvar" or
                                                [t.text for t in tokens[end + 1:end + 3]] == ["begin", ":"])
            if not is_generate:
                condition = (i + 2, end - 1) if token.text == "if" else ()
                yield Statement(i, i + 2, end, condition=condition, is_loop=token.text == "for")
            i = end + 1
        elif token.text == "assign":
            end = until(tokens, i, ";")
            if not following.startswith("unused"):
                yield Statement(i, until(tokens, i, "=") + 1, end)
            i = end + 1
        else:
            end = until(tokens, i, ";", ":", "=", "<=")
            if tokens[end].text == ":":  # a label of a case
                yield Statement(i, i, end)
                i = end + 1
            elif tokens[end].text == ";":
                # An instance: expressions of its ports; or a declaration with the type of a package.
                if tokens[end - 1].text == ")":
                    ports = until(tokens, i, "(")
                    if following == "#":
                        ports = closing(tokens, until(tokens, i, "(")) + 2
                    yield Statement(i, ports, end)
                i = end + 1
            else:
                last = until(tokens, i, ";")
                yield Statement(i, i, last, assignment=end)
                i = last + 1


def flipped(constant, bit):
    """The constant with one bit changed, one that may be either way set; `bit` counts from the lowest digit on."""
    size, digits = re.match(r"(\d*'s?[bhBH])(.*)", constant).groups()
    per_digit = 4 if size[-1] in "hH" else 1
    digits = "0" * (bit // per_digit + 1 - len(digits.replace("_", ""))) + digits
    places = [i for i, digit in enumerate(digits) if digit != "_"][::-1]
    place = places[bit // per_digit]
    digit = "1" if digits[place] == "?" else format(int(digits[place], 16) ^ 1 << bit % per_digit, "x")
    return size + digits[:place] + digit + digits[place + 1:]


def bits_of(constant):
    match = re.fullmatch(r"(\d+)'s?[bhBH][0-9a-fA-F_?]+", constant)
    return int(match.group(1)) if match else 0


def neighbours(constant):
    """The constants one above and one below, as far as they exist."""
    match = re.fullmatch(r"(?:(\d+)'(s?)d)?([\d_]+)", constant)
    if not match:
        return ()
    width, signed, value = match.group(1), match.group(2), int(match.group(3).replace("_", ""))
    largest = 2 ** (int(width) - bool(signed)) - 1 if width else 2 ** 31 - 1
    prefix = f"{width}'{signed}d" if width else ""
    return tuple(prefix + str(n) for n in (value + 1, value - 1) if 0 <= n <= largest)


def operand_right(tokens, i, last, stops):
    """Index behind the operand that follows the operator at i."""
    depth = 0
    for j in range(i + 1, last):
        text = tokens[j].text
        if depth == 0 and (text in CLOSE or text in stops):
            return j
        depth += (text in OPEN) - (text in CLOSE)
    return last


def operand_left(tokens, i, first, stops):
    """Index of the first token of the operand before the operator at i."""
    depth = 0
    for j in range(i - 1, first - 1, -1):
        text = tokens[j].text
        if depth == 0 and (text in OPEN or text in stops):
            return j + 1
        depth += (text in CLOSE) - (text in OPEN)
    return first


def is_choice_of_extreme(text, token):
    """Whether the comparison chooses the smaller or the larger of its sides: it may count equality in or out."""
    def plain(expression):
        return re.sub(r"\w+'\(|\[\d+:0\]|[()\s]", "", expression)

    left = re.split(r"[;?]|\bif|[^=<>!]=", text[:token.start])[-1]
    match = re.match(r"([^;?]*?)\?([^;:]*):([^;,]*)[;,]", text[token.end:])
    if match:
        return {plain(left), plain(match.group(1))} == {plain(match.group(2)), plain(match.group(3))}
    match = re.match(r"([^;]*?)\)\s*([\w\[\]]+)\s*=([^;]*);", text[token.end:])
    return bool(match) and {plain(left), plain(match.group(1))} == {plain(match.group(2)), plain(match.group(3))}


def swapped_choice(text, tokens, i, last):
    """The site of the choice whose `?` is token i: both values change places."""
    colon = end = last
    depth = nested = 0
    for j in range(i + 1, last):
        word = tokens[j].text
        depth += (word in OPEN) - (word in CLOSE)
        if depth < 0 or depth == 0 and word in (",", ";"):
            end = j
            break
        if depth == 0 and word in ("?", ":"):
            nested += 1 if word == "?" else -1
            if nested == -1 and colon == last:
                colon = j
            elif nested == -2:  # of the choice around
                end = j
                break
    if i + 1 < colon < end - 1:
        then = text[tokens[i + 1].start:tokens[colon - 1].end]
        other = text[tokens[colon + 1].start:tokens[end - 1].end]
        if then != other:
            yield Site("swapped choice", tokens[i + 1].start, tokens[end - 1].end, (f"{other} : {then}",))


def expression_sites(text, tokens, first, last):
    brackets = []
    for i in range(first, last):
        token, before = tokens[i], tokens[i - 1]
        following = tokens[i + 1].text if i + 1 < len(tokens) else ""
        if token.text in OPEN:
            brackets.append(token.text)
        elif token.text in CLOSE and brackets:
            brackets.pop()
        if token.kind == "number" and following != "'(":
            if token.text in ("1'b0", "1'b1"):
                yield Site("flag", token.start, token.end, ("1'b1" if token.text[-1] == "0" else "1'b0",))
            elif bits_of(token.text) >= TABLE_BITS:
                yield Site("table", token.start, token.end)
            elif brackets and brackets[-1] == "[":
                if following == ":" and tokens[i + 2].kind == "number":  # a part of the same width
                    high, low = int(token.text), int(tokens[i + 2].text)
                    options = [f"{high + 1}:{low + 1}"] + [f"{high - 1}:{low - 1}"] * (low > 0)
                    yield Site("select", token.start, tokens[i + 2].end, tuple(options))
                elif before.text == "[" and following == "]" and neighbours(token.text):
                    yield Site("select", token.start, token.end, neighbours(token.text))
            elif neighbours(token.text):
                yield Site("constant", token.start, token.end, neighbours(token.text))
            elif bits_of(token.text) > 1:
                options = tuple(flipped(token.text, bit) for bit in range(bits_of(token.text)))
                yield Site("constant", token.start, token.end, options)
        elif token.kind == "symbol" and ends_operand(before) and i > first and not (brackets and brackets[-1] == "["):
            for kind, swaps in SWAPS.items():
                if token.text in swaps and not (kind == "comparison" and is_choice_of_extreme(text, token)):
                    yield Site(kind, token.start, token.end, (swaps[token.text],))
            stops = {"&&": ("&&", "||", "?", ":", ",", ";", "="), "||": ("||", "?", ":", ",", ";", "=")}.get(token.text)
            if stops:
                yield Site("dropped term", before.end, tokens[operand_right(tokens, i, last, stops) - 1].end, ("",))
                yield Site("dropped term", tokens[operand_left(tokens, i, first, stops)].start, tokens[i + 1].start, ("",))
            if token.text == "?":
                yield from swapped_choice(text, tokens, i, last)
        elif token.text in ("!", "~") and not ends_operand(before):
            yield Site("dropped negation", token.start, token.end, ("",))


def sites(text):
    """All sites of a file, by kind."""
    tokens = tokens_of(text)
    found = {}

    def add(site):
        found.setdefault(site.kind, []).append(site)

    for statement in statements(tokens):
        if statement.condition:
            start, end = (tokens[statement.condition[0]].start, tokens[statement.condition[1]].end)
            add(Site("forced condition", start, end, ("1'b0", "1'b1")))
            add(Site("inverted condition", start, end, (f"!({text[start:end]})",)))
        if statement.assignment >= 0:
            begin, end = tokens[statement.first].start, tokens[statement.last].start
            add(Site("dropped assignment", begin, end, ("",)))
            for site in expression_sites(text, tokens, statement.first, statement.assignment):
                if site.kind == "select":
                    add(site)
            for site in expression_sites(text, tokens, statement.assignment + 1, statement.last):
                add(site)
        else:
            for site in expression_sites(text, tokens, statement.active, statement.last):
                if not (statement.is_loop and site.kind == "comparison"):  # one turn more is behind the end of vectors
                    add(site)
    return found


def weight(found):
    """How often a file is chosen; a long one repeats itself."""
    return sum(map(len, found.values())) ** 0.75


def draw(files, generator):
    """Mutants of the files (name: text) without end or repetition, as the generator (random.Random) has it: a file by its
    size in tokens, one of the kinds of fault that it has, a site of this kind."""
    names = sorted(files)
    of_file = {name: sites(files[name]) for name in names}
    weights = [weight(of_file[name]) for name in names]
    seen = set()
    misses = 0
    while sum(weights) > 0 and misses < 1000:
        name = generator.choices(names, weights)[0]
        kind = generator.choice(sorted(of_file[name]))
        site = generator.choice(of_file[name][kind])
        if site.options:
            new = generator.choice(site.options)
        else:
            constant = files[name][site.start:site.end]
            new = flipped(constant, generator.randrange(bits_of(constant)))
        mutant = Mutant(name, kind, site.start, site.end, new)
        if mutant in seen:
            misses += 1
            continue
        misses = 0
        seen.add(mutant)
        yield mutant
