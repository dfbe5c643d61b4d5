/* fusabi_scripts.c: the texts, and what the original took for them. */
#include "fusabi_scripts.h"

#include <assert.h>

#define PORTABLE "the form that it can run"

/*
 * The original's figures and those of lua5.4, which are the targets, are from one machine (two shared virtual cores, CPU time, medians
 * of five runs). The original has no working closures: it counts in cells of arrays.
 */
const rf_fusabi_task rf_fusabi_tasks[] = {
    { "fib25", "let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)\n"
               "fib 25\n",
      "Runs 242,785 calls that call themselves, in a new VM.", 75025, 6.7e6, 198e6, "bytecode made by hand" },
    { "list10k", "let xs = Array.toList (Array.init 10000 (fun i -> i))\n"
                 "xs |> List.map (fun x -> x * 3) |> List.filter (fun x -> x / 2 * 2 = x) |> List.fold (fun a b -> if a > b then a else b) 0\n",
      "Makes a list of 10,000 numbers, then map, filter and fold, in a new VM.", 29994, 1.5e6, 12.6e6, PORTABLE },
    { "strbuild5k", "let rec go i s = if i = 0 then s else go (i - 1) (s ++ \"x\")\n"
                    "String.length (go 5000 \"\")\n",
      "Appends a character to a string 5,000 times, in a new VM.", 5000, 930e3, 26.5e6, PORTABLE },
    { "call100k", "let step = 1\n"
                  "let f x = x + step\n"
                  "let rec go i acc = if i = 0 then acc else go (i - 1) (f acc)\n"
                  "go 100000 0\n",
      "Calls a function 100,000 times from a loop, in a new VM.", 100000, 3.15e6, 274e6, PORTABLE },
    { "match100k", "type T = A of int | B of int | C\n"
                   "let pick v = match v with | A(x) -> x + 1 | B(x) -> x + 2 | C -> 3\n"
                   "let vs = [|A 1; B 2; C|]\n"
                   "let rec go i acc = if i = 0 then acc else (let q = i / 3 * 3 in go (i - 1) (acc + pick (vs.[i - q])))\n"
                   "go 100000 0\n",
      "Matches a variant of three 100,000 times, in a new VM.", 300001, 6.1e6, 360e6, PORTABLE },
    { "native100k", "let s = \"hello\"\n"
                    "let rec go i acc = if i = 0 then acc else go (i - 1) (acc + String.length s)\n"
                    "go 100000 0\n",
      "Calls a function of the library 100,000 times, in a new VM.", 500000, 4.2e6, 264e6, PORTABLE },
    { "loop100k", "let i = [|0|]\n"
                  "let w = while i.[0] < 100000 do (let k = i.[0] + 1 in let u = Array.set 0 k i in k)\n"
                  "i.[0]\n",
      "Counts to 100,000 in a cell of an array, in a new VM.", 100000, 0, 239e6, NULL },
    { 0 },
};

const char rf_fusabi_hook[] = "let on_output text = text\non_output\n";

void rf_fusabi_generate(rf_buffer *out, uint32_t lines) {
    assert(lines >= 20);
    const uint32_t inner = lines - 4, functions = inner / 10 < 2 ? 2 : inner / 10; /* two lines before, two behind */
    const uint32_t branches = (inner / functions - 2) / 2;
    uint32_t written = 2;
    rf_buffer_text(out, "// generated benchmark script\ntype Kind = Plain of int | Pair of int * int | Other\n");
    for (uint32_t i = 0; i < functions; i++) {
        rf_buffer_printf(out, "let f%u x =\n", i);
        for (uint32_t k = 0; k < branches; k++)
            rf_buffer_printf(out, "  if x = %u then %u * x + %u - (x - %u)\n  else\n", k + i, k, i, k);
        rf_buffer_printf(out, "  x + %u\n", i);
        written += 2 + 2 * branches;
    }
    for (; written < lines - 2; written++)
        rf_buffer_printf(out, "do printfn \"line %u\"\n", written);
    rf_buffer_text(out, "let r = f0 7\nr\n");
}
