"""What texts with switched faults look like: the sources without a fault, and the fault with its number."""
import itertools
import random
import re
import unittest

import rtl_mutants_switch
import rtl_mutations
from rtl_mutations import Mutant


def mutant(text, old, new, kind="constant"):
    start = text.index(old)
    return Mutant("f", kind, start, start + len(old), new)


def switched(text, *changes):
    """The text with faults 1, 2, ...: pairs of what stands there and what does instead."""
    numbered = {number: mutant(text, *change) for number, change in enumerate(changes, 1)}
    out = rtl_mutants_switch.switched(text, numbered)
    return out.replace(rtl_mutants_switch.CHOSEN, "chosen").replace(rtl_mutants_switch.ASKED, "asked")


class Switched(unittest.TestCase):
    def test_an_expression_has_both_forms(self):
        self.assertEqual(switched("assign y = a + b;", ("+", "-")), "assign y = (chosen == 1 ? (a - b) : (a + b));")

    def test_a_condition_has_both_forms(self):
        self.assertEqual(switched("always_comb begin if (a == b) y = c; end", ("==", "!=")),
                         "always_comb begin if ((chosen == 1 ? (a != b) : (a == b))) y = c; end")

    def test_an_assignment_is_there_twice(self):
        self.assertEqual(switched("always_ff @(posedge clk_i) q[2] <= a + b;", ("[2]", "[3]")),
                         "always_ff @(posedge clk_i) begin if (chosen == 1) begin q[3] <= a + b; end else "
                         "begin q[2] <= a + b; end end")

    def test_a_loop_is_there_twice_with_its_body(self):
        loop = "for (int unsigned i = 0; i < N; i++) begin y[i] = a; z = b; end"
        self.assertEqual(switched(f"always_comb begin {loop} t = c; end", ("i = 0", "i = 1")),
                         f"always_comb begin begin if (chosen == 1) begin {loop.replace('i = 0', 'i = 1')} end else "
                         f"begin {loop} end end t = c; end")

    def test_faults_of_one_place_share_its_switch(self):
        self.assertEqual(switched("assign y = a + b & c;", ("+", "-"), ("&", "|")),
                         "assign y = (chosen == 1 ? (a - b & c) : chosen == 2 ? (a + b | c) : (a + b & c));")

    def test_a_fault_inside_another_is_in_what_stands_in_the_sources(self):
        text = "always_comb begin for (int unsigned i = 0; i < N; i++) y[i] = a + b; end"
        out = switched(text, ("i = 0", "i = 1"), ("+", "-"))
        self.assertEqual(out.count("chosen == 2"), 1)
        self.assertIn("if (chosen == 1) begin for (int unsigned i = 1; i < N; i++) y[i] = a + b; end else", out)

    def test_a_case_is_there_twice_with_a_label_that_is_wrong(self):
        inner = "unique case (a) 4'd3, 4'd5: y = b; default: ; endcase"
        self.assertEqual(switched(f"always_comb begin case (c) 1'b0: {inner} default: ; endcase end", ("4'd5", "4'd6")),
                         f"always_comb begin case (c) 1'b0: begin if (chosen == 1) begin {inner.replace('5', '6')} end else "
                         f"begin {inner} end end default: ; endcase end")

    def test_a_port_is_switched_alone(self):
        self.assertEqual(switched("cf_fifo #(.Width(8)) u_f (.a_i(a && b), .b_i(c && d));", ("c && d", "c || d")),
                         "cf_fifo #(.Width(8)) u_f (.a_i(a && b), .b_i((chosen == 1 ? (c || d) : (c && d))));")

    def test_a_parameter_becomes_a_variable(self):
        self.assertEqual(switched("localparam logic [7:0] T = 8'h10;", ("8'h10", "8'h11")),
                         "logic [7:0] T = asked == 1 ? (8'h11) : (8'h10);")

    def test_a_function_of_a_package_reads_no_variable(self):
        out = switched("package p; function f(a); f = a + b; endfunction endpackage", ("+", "-"))
        self.assertIn("begin if (asked == 1) begin f = a - b; end", out)

    def test_the_branch_of_an_if_keeps_its_else(self):
        out = switched("always_comb begin if (a) y = b + c; else y = d; end", ("+", "-"))
        self.assertEqual(out, "always_comb begin if (a) begin if (chosen == 1) begin y = b - c; end else begin y = b + c; end end"
                              " else y = d; end")

    def test_each_fault_of_a_text_is_in_it_once(self):
        text = ("module m (input logic [3:0] a_i, output logic [3:0] y_o);\nalways_comb begin\n  y_o = '0;\n"
                "  for (int unsigned i = 0; i < 4; i++) if (a_i[i] && i != 2) y_o[i] = a_i[3] ? 1'b1 : !a_i[0];\n"
                "  case (a_i) 4'd3: y_o = y_o + 4'd2; default: y_o[1] = 1'b0; endcase\nend\nendmodule\n")
        drawn = list(itertools.islice(rtl_mutations.draw({"f": text}, random.Random(1)), 30))
        out = rtl_mutants_switch.switched(text, dict(enumerate(drawn, 1)))
        for number in range(1, 31):
            self.assertEqual(len(re.findall(rf"chosen == {number}\b", out)), 1)


if __name__ == "__main__":
    unittest.main()
