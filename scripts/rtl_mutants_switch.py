"""SystemVerilog texts that hold many faults at once, of which a run chooses one.

The environment variable COLDFORGE_MUTANT names the fault by its number; without it none is there. `switched` puts each
fault beside what stands in the sources:

  an expression            (chosen == 7 ? (a - b) : (a + b))
  a statement (one whole if it is a loop or a label of a case)
                           begin if (chosen == 7) begin y = a; end else begin y = b; end end
  a parameter              a variable with such an expression, as far as nothing asks for a constant

What stands in the sources is unchanged inside, so a run without a fault is a run of the sources. Whether the result still
elaborates (a width must be constant, a function may be needed for one) is for Verilator to say.
"""
from dataclasses import dataclass, field

from rtl_mutations import closing, statements, tokens_of, until

VARIABLE = "COLDFORGE_MUTANT"
# Where no variable of another package can be read: functions that are not inlined, initial values, whose order is Verilator's.
ASKED = (f'$c32("[]{{static const char* const text = std::getenv(\\"{VARIABLE}\\"); '
         'static const int number = text ? std::atoi(text) : 0; return number;}()")')
CHOSEN = "cf_mutant_pkg::chosen"
PACKAGE = f"""/// Which fault is there; Verilator only.
package cf_mutant_pkg;
  int chosen = {ASKED};
endpackage
"""
CASES = ("case", "casez")


@dataclass(frozen=True)
class Region:
    """What is there twice: text[start:end]."""
    start: int
    end: int
    form: str  # expression, statement, parameter


@dataclass
class Place:
    """A region with its faults and the regions inside."""
    region: Region
    faults: list = field(default_factory=list)  # (number, mutant)
    inside: list = field(default_factory=list)


def statement_end(tokens, i):
    """Index behind the statement that begins at token i."""
    word = tokens[i].text
    if word == "begin":
        i += 3 if tokens[i + 1].text == ":" else 1
        while tokens[i].text != "end":
            i = statement_end(tokens, i)
        return i + 3 if i + 1 < len(tokens) and tokens[i + 1].text == ":" else i + 1
    if word == "unique":
        return statement_end(tokens, i + 1)
    if word in CASES:
        depth = 1
        while depth > 0:
            i += 1
            depth += (tokens[i].text in CASES) - (tokens[i].text == "endcase")
        return i + 1
    if word in ("if", "for"):
        i = statement_end(tokens, closing(tokens, i + 1) + 1)
        while word == "if" and i < len(tokens) and tokens[i].text == "else":
            i = statement_end(tokens, i + 1)
        return i
    return until(tokens, i, ";") + 1


def case_around(tokens, i):
    """First and last token of the case statement that has token i as a label."""
    depth, first = 0, i
    while depth <= 0:
        first -= 1
        depth += (tokens[first].text in CASES) - (tokens[first].text == "endcase")
    first -= tokens[first - 1].text == "unique"
    return first, statement_end(tokens, first) - 1


def port_around(tokens, first, last, position):
    """What stands between the parentheses of the instance's port that holds the position."""
    for i in range(first, last):
        if tokens[i].text == "." and tokens[i + 2].text == "(":
            end = closing(tokens, i + 2)
            if tokens[i + 2].end <= position < tokens[end].start:
                return tokens[i + 2].end, tokens[end].start
    return None


def region_of(tokens, statement, mutant):
    """The smallest region around a fault in which two texts can stand side by side; None if there is none."""
    first, last = tokens[statement.first], tokens[statement.last]
    if first.text == "localparam":
        return Region(first.start, last.end, "parameter")
    if statement.is_loop:
        return Region(first.start, tokens[statement_end(tokens, statement.first) - 1].end, "statement")
    if statement.assignment >= 0:
        return Region(first.start, last.end, "statement")
    if first.text in ("if", "assign", *CASES):
        return Region(tokens[statement.active].start, tokens[statement.last - 1].end, "expression")
    if last.text == ":":
        begin, end = case_around(tokens, statement.first)
        return Region(tokens[begin].start, tokens[end].end, "statement")
    port = port_around(tokens, statement.active, statement.last, mutant.start)
    return port and Region(*port, "expression")


def regions(text, mutants):
    """The region of each of the mutants of a text; None for those that have none."""
    tokens = tokens_of(text)
    found = list(statements(tokens))

    def one(mutant):
        around = [s for s in found if tokens[s.first].start <= mutant.start and mutant.end <= tokens[s.last].end]
        return region_of(tokens, around[-1], mutant) if around else None

    return [one(mutant) for mutant in mutants]


def nested(places):
    """Those that are inside no other one; each with what is inside it."""
    outer, stack = [], []
    for place in sorted(places, key=lambda place: (place.region.start, -place.region.end)):
        while stack and stack[-1].region.end <= place.region.start:
            stack.pop()
        (stack[-1].inside if stack else outer).append(place)
        stack.append(place)
    return outer


class Renderer:
    def __init__(self, text):
        self._text = text
        self._chosen = ASKED if any(token.text == "package" for token in tokens_of(text)) else CHOSEN

    def render(self, start, end, places):
        pieces = []
        for place in places:
            pieces += [self._text[start:place.region.start], self._switch(place)]
            start = place.region.end
        return "".join(pieces) + self._text[start:end]

    def _switch(self, place):
        start, end = place.region.start, place.region.end
        kept = self.render(start, end, place.inside)
        faulty = [(number, self._text[start:mutant.start] + mutant.new + self._text[mutant.end:end])
                  for number, mutant in place.faults]
        if place.region.form == "statement":
            return "begin " + "".join(f"if ({self._chosen} == {number}) begin {one} end else " for number, one in faulty) + \
                f"begin {kept} end end"
        if place.region.form == "expression":
            return "(" + "".join(f"{self._chosen} == {number} ? ({one}) : " for number, one in faulty) + f"({kept}))"
        head, value = kept.removeprefix("localparam").split("=", 1)
        faulty = [(number, one.split("=", 1)[1]) for number, one in faulty]
        return head.lstrip() + "= " + "".join(f"{ASKED} == {number} ? ({one.strip(' ;')}) : " for number, one in faulty) + \
            f"({value.strip(' ;')});"


def switched(text, numbered):
    """The text with all faults of it (number: mutant), each of which has a region."""
    places = {}
    for (number, mutant), region in zip(numbered.items(), regions(text, numbered.values())):
        places.setdefault(region, Place(region)).faults.append((number, mutant))
    return Renderer(text).render(0, len(text), nested(places.values()))
