"""Which faults rtl_mutations.py finds room for, and which text it leaves alone."""
import itertools
import random
import unittest

import rtl_mutations
from rtl_mutations import Mutant


def results(text, kind=None):
    """All texts that one fault (of a kind) makes of a text, but for flipped bits of tables."""
    found = rtl_mutations.sites(text)
    return {Mutant("f", one, site.start, site.end, new).apply(text)
            for one in found if kind in (None, one) for site in found[one] for new in site.options}


class Sites(unittest.TestCase):
    def test_an_operator_is_swapped(self):
        self.assertEqual(results("assign y = a + b;", "arithmetic"), {"assign y = a - b;"})
        self.assertEqual(results("assign y = a <= b;", "comparison"), {"assign y = a < b;"})
        self.assertEqual(results("assign y = a == b;", "equality"), {"assign y = a != b;"})
        self.assertEqual(results("assign y = a && b;", "logic"), {"assign y = a || b;"})
        self.assertEqual(results("assign y = a >>> b;", "shift"), {"assign y = a >> b;"})

    def test_signs_and_reductions_are_no_binary_operators(self):
        self.assertEqual(results("assign y = -a;"), set())
        self.assertEqual(results("assign y = |a;"), set())

    def test_an_assignment_of_a_register_is_no_comparison(self):
        text = "always_ff @(posedge clk_i) begin q <= a <= b; end"
        self.assertEqual(results(text, "comparison"), {"always_ff @(posedge clk_i) begin q <= a < b; end"})

    def test_equality_may_be_counted_in_or_out_of_a_minimum(self):
        self.assertEqual(results("assign y = a < 8'(b) ? a : b;", "comparison"), set())
        self.assertEqual(results("always_comb begin if (a > b) b = a; end", "comparison"), set())
        self.assertNotEqual(results("assign y = a < b ? a : c;", "comparison"), set())

    def test_a_loop_is_not_taken_once_more(self):
        text = "always_comb begin for (int unsigned i = 0; i < N; i++) y[i] = a; end"
        self.assertEqual(results(text, "comparison"), set())
        self.assertIn(text.replace("i = 0", "i = 1"), results(text, "constant"))

    def test_constants_are_off_by_one_and_stay_in_their_width(self):
        self.assertEqual(results("assign y = a + 2'd3;", "constant"), {"assign y = a + 2'd2;"})
        self.assertEqual(results("assign y = a + 5;", "constant"), {"assign y = a + 4;", "assign y = a + 6;"})
        self.assertEqual(results("assign y = 5'(a);"), set())

    def test_a_flag_is_wrong(self):
        self.assertEqual(results("always_comb begin y = 1'b0; end", "flag"), {"always_comb begin y = 1'b1; end"})

    def test_selects_are_off_by_one_at_the_same_width(self):
        self.assertEqual(results("assign y = a[3];", "select"), {"assign y = a[2];", "assign y = a[4];"})
        self.assertEqual(results("assign y = a[7:4];", "select"), {"assign y = a[6:3];", "assign y = a[8:5];"})

    def test_conditions_are_forced_and_inverted(self):
        self.assertEqual(results("always_comb begin if (a) y = b; end", "forced condition"),
                         {"always_comb begin if (1'b0) y = b; end", "always_comb begin if (1'b1) y = b; end"})
        self.assertEqual(results("always_comb begin if (a || b) y = c; end", "inverted condition"),
                         {"always_comb begin if (!(a || b)) y = c; end"})

    def test_each_side_of_a_condition_can_be_dropped(self):
        self.assertEqual(results("assign y = a && b[i] || c;", "dropped term"),
                         {"assign y = a || c;", "assign y = b[i] || c;", "assign y = a && b[i];", "assign y = c;"})

    def test_a_negation_and_an_assignment_are_dropped(self):
        self.assertEqual(results("assign y = !a & ~b;", "dropped negation"), {"assign y = a & ~b;", "assign y = !a & b;"})
        self.assertEqual(results("always_comb begin y = a; end", "dropped assignment"), {"always_comb begin ; end"})

    def test_a_choice_is_swapped_with_the_choices_inside(self):
        self.assertEqual(results("assign y = a ? b : c;", "swapped choice"), {"assign y = a ? c : b;"})
        self.assertEqual(results("assign y = a ? b : c ? d : e;", "swapped choice"),
                         {"assign y = a ? c ? d : e : b;", "assign y = a ? b : c ? e : d;"})

    def test_one_bit_of_a_table_is_flipped(self):
        site, = rtl_mutations.sites("localparam logic [11:0] T = 12'h0_3f;")["table"]
        self.assertEqual(site.options, ())
        self.assertEqual(rtl_mutations.flipped("12'h0_3f", 0), "12'h0_3e")
        self.assertEqual(rtl_mutations.flipped("12'h0_3f", 11), "12'h8_3f")
        self.assertEqual(rtl_mutations.flipped("8'b0000_0001", 4), "8'b0001_0001")
        self.assertEqual(rtl_mutations.flipped("8'b1???_0001", 7), "8'b0???_0001")
        self.assertEqual(rtl_mutations.flipped("8'b1???_0001", 5), "8'b1?1?_0001")

    def test_a_pattern_is_an_entry_of_a_table(self):
        site, = rtl_mutations.sites("always_comb begin case (a) 8'b1???0001: y = b; endcase end")["table"]
        self.assertEqual(site.options, ())

    def test_what_is_no_behaviour_is_left_alone(self):
        for text in ("module m #(parameter int A = 4) (input logic [3:0] a_i, output logic b_o);",
                     "// a + b\n/* 1'b0 */", "`ifndef YOSYS\n  a_x: assert property (a == b);\n`endif\n",
                     "typedef enum logic [1:0] {A = 2'd0, B = 2'd1} e;", "logic [7:0] x;", "cf_npu_pkg::tile_t a, b;",
                     "logic unused_ok; assign unused_ok = &{1'b0, a};", "for (genvar i = 0; i < 4; i++) begin : gen_i end",
                     "if (Unit == 3) begin : gen_a end", "cf_fifo #(.Width(8)) u_f (.a_i(a), .b_o(b));"):
            self.assertEqual(results(text), set(), text)

    def test_ports_of_an_instance_carry_expressions(self):
        self.assertEqual(results("cf_fifo #(.Width(8)) u_f (.a_i(a && b));", "logic"),
                         {"cf_fifo #(.Width(8)) u_f (.a_i(a || b));"})


class Draw(unittest.TestCase):
    FILES = {"a.sv": "assign y = a + b;\nassign z = a == b && c[3];\n", "b.sv": "assign t = 16'h1234 ^ x;\n"}

    def drawn(self, seed, count):
        return list(itertools.islice(rtl_mutations.draw(self.FILES, random.Random(seed)), count))

    def test_a_seed_stands_for_a_list(self):
        self.assertEqual(self.drawn("1 fpu", 8), self.drawn("1 fpu", 8))
        self.assertNotEqual(self.drawn("1 fpu", 8), self.drawn("2 fpu", 8))

    def test_no_fault_is_drawn_twice_and_drawing_ends(self):
        drawn = self.drawn(1, 1000)
        self.assertEqual(len(drawn), len(set(drawn)))
        self.assertLess(len(drawn), 1000)

    def test_a_fault_says_its_line_before_and_after(self):
        text = self.FILES["a.sv"]
        start = text.index("==")
        self.assertEqual(Mutant("a.sv", "equality", start, start + 2, "!=").lines(text),
                         (2, "assign z = a == b && c[3];", "assign z = a != b && c[3];"))


if __name__ == "__main__":
    unittest.main()
