/* parse_test.c: text to syntax tree. */
#include "script/fusabi/parse_fixture.h"

RF_TEST(literals_have_their_values) {
    static const pair pairs[] = {
        { "1_000 + 0x1F + 0b101 + 0o17", "(+ (+ (+ 1000 31) 5) 15)" },
        { "1.5 + 1e5 + 2.5e-3 + 1.", "(+ (+ (+ 1.5f 100000f) 0.0025f) 1f)" },
        { "9223372036854775807", "9223372036854775807" },
        { "-9223372036854775808", "-9223372036854775808" },
        { "1L", "1" },
        { "true && false", "(&& true false)" },
        { "()", "()" },
        { "\"a\\n\\t\\\"\\q\\u0041\"", "\"a\\n\\t\\\"qA\"" },
        { "@\"c:\\x\"\"y\"", "\"c:\\\\x\\\"y\"" },
        { "\"\"\"a \"b\" \\n\"\"\"", "\"a \\\"b\\\" \\\\n\"" },
        { "'c' + '\\n' + '\\'' + '\xC3""\xA9""'", "(+ (+ (+ \"c\" \"\\n\") \"'\") \"\xC3""\xA9""\")" },
        { "\"two\nlines\"", "\"two\\nlines\"" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(interpolated_strings_are_pieces_and_holes) {
    static const pair pairs[] = {
        { "$\"a{x}b\"", "($ \"a\" x \"b\")" },
        { "$\"{x:N2}{y}\"", "($ \"\" x : N2 \"\" y \"\")" },
        { "$\"{{{x}}} 100%%\"", "($ \"{\" x \"} 100%\")" },
        { "$\"\"\"a \"{f \"q\"}\" \\n\"\"\"", "($ \"a \\\"\" (f \"q\") \"\\\" \\\\n\")" },
        { "$\"{if a then \"b\" else \"c\"}\"", "($ \"\" (if a \"b\" \"c\") \"\")" },
        { "$\"{[for x in xs -> x]}{ {a = 1}.a }\"", "($ \"\" [from(for x in xs (yield x))] \"\" (. {a 1} a) \"\")" },
        { "$\"\"", "($ \"\")" },
        { "$\"{$\"{x}\"}\"", "($ \"\" ($ \"\" x \"\") \"\")" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(operators_bind_as_the_reference_and_fsharp_say) {
    static const pair pairs[] = {
        { "1 + 2 * 3 - 4", "(- (+ 1 (* 2 3)) 4)" },
        { "a && b || c && d", "(|| (&& a b) (&& c d))" },
        { "a = b && c <> d", "(&& (= a b) (<> c d))" },
        { "1 :: 2 :: xs", "(:: 1 (:: 2 xs))" },
        { "a ++ b ++ c", "(++ (++ a b) c)" },
        { "a ^ b ^ c", "(++ a (++ b c))" },
        { "2 ** 3 ** 2", "(** 2 (** 3 2))" },
        { "a % b / c", "(/ (% a b) c)" },
        { "a :: b + 1 :: c", "(:: a (:: (+ b 1) c))" },
        { "x |> f |> g", "(|> (|> x f) g)" },
        { "a || b |> f", "(|> (|| a b) f)" },
        { "x |> f = 3", "(= (|> x f) 3)" },
        { "x |> f + 1", "(|> x (+ f 1))" },
        { "a |> f || b |> g", "(|> (|| (|> a f) b) g)" },
        { "f >> g >> h", "(>> (>> f g) h)" },
        { "f << g", "(<< f g)" },
        { "f <| x + 1", "(<| f (+ x 1))" },
        { "-x + y", "(+ (neg x) y)" },
        { "- -x", "(neg (neg x))" },
        { "a - -1", "(- a -1)" },
        { "f -1", "(- f 1)" },
        { "-(a + b)", "(neg (+ a b))" },
        { "a == b", "(= a b)" },
        { "(+)", "(fun $a $b -> (+ $a $b))" },
        { "List.fold (+) 0 xs", "((. List fold) (fun $a $b -> (+ $a $b)) 0 xs)" },
        { "(a, b) |> fun (a, b) -> a", "(|> (tuple a b) (fun (tuple a b) -> a))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(arguments_are_postfix_expressions) {
    static const pair pairs[] = {
        { "f x y", "(f x y)" },
        { "f (g x) [1] {a = 1}", "(f (g x) [1] {a 1})" },
        { "f (x)", "(f x)" },
        { "f(x)", "(f x)" },
        { "f(x).y", "(. (f x) y)" },
        { "f (x).y", "(f (. x y))" },
        { "f x.y z.[0]", "(f (. x y) (.[] z 0))" },
        { "(f x) y", "(f x y)" },
        { "f ()", "(f ())" },
        { "(fun x -> x) 1", "((fun x -> x) 1)" },
        { "f begin 1 end", "(f 1)" },
        { "f 'c' $\"{x}\"", "(f \"c\" ($ \"\" x \"\"))" },
        { "if a then b else c d", "(if a b (c d))" },
        { "f (let a = 1 in a)", "(f (let a 1 a))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(capitalised_names_are_constructors_or_modules) {
    static const pair pairs[] = {
        { "Foo", "Foo" },
        { "Foo()", "Foo" },
        { "Ok ()", "(ctor Ok ())" },
        { "Rect(1, 2)", "(ctor Rect 1 2)" },
        { "Rect (3, 4)", "(ctor Rect 3 4)" },
        { "Rect 1 2", "(ctor Rect 1 2)" },
        { "f None (Some 2)", "(f None (ctor Some 2))" },
        { "f Some(2)", "(f (ctor Some 2))" },
        { "Some (Some x)", "(ctor Some (ctor Some x))" },
        { "Some x :: xs", "(:: (ctor Some x) xs)" },
        { "M.x", "(. M x)" },
        { "M.N.f 1", "((. (. M N) f) 1)" },
        { "M.f(1, 2)", "((. M f) (tuple 1 2))" },
        { "Foo [1]", "(ctor Foo [1])" },
        { "Some (fun x -> x)", "(ctor Some (fun x -> x))" },
        { "Bar(1,)", "(ctor Bar 1)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(fields_methods_and_indexes) {
    static const pair pairs[] = {
        { "a.b.c", "(. (. a b) c)" },
        { "r.f(1, 2)", "(method f r 1 2)" },
        { "r.f (1, 2)", "((. r f) (tuple 1 2))" },
        { "(n).foo(1)", "(method foo n 1)" },
        { "a.[0].[1]", "(.[] (.[] a 0) 1)" },
        { "a.[i + 1].b", "(. (.[] a (+ i 1)) b)" },
        { "a.[1] <- 5", "(.[]<- a 1 5)" },
        { "a.[0] <- f x |> g", "(.[]<- a 0 (|> (f x) g))" },
        { "r.type", "(. r type)" },
        { "j.vals.[1]", "(.[] (. j vals) 1)" },
        { "\"abc\".Length", "(. \"abc\" Length)" },
        { "x\n    .y\n    .z", "(. (. x y) z)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(lists_arrays_tuples_and_ranges) {
    static const pair pairs[] = {
        { "[]", "[]" },
        { "[1; 2; 3;]", "[1 2 3]" },
        { "[\"x\", \"y\"]", "[\"x\" \"y\"]" },
        { "[||]", "[||]" },
        { "[|1, 2; 3, 4|]", "[|(tuple 1 2) (tuple 3 4)|]" },
        { "[1..10]", "[from(.. 1 10)]" },
        { "[1 .. 2 .. 9]", "[from(.. 1 9 2)]" },
        { "[10..-1..1]", "[from(.. 10 1 -1)]" },
        { "[|0..n|]", "[|from(.. 0 n)|]" },
        { "(1, 2, 3)", "(tuple 1 2 3)" },
        { "(9,)", "(tuple 9)" },
        { "1, 2", "(tuple 1 2)" },
        { "[\n    1\n    f 2\n    -3\n]", "[1 (f 2) -3]" },
        { "[ f x\n  g y ]", "[(f x) (g y)]" },
        { "[let a = 1 in a + 1; 3]", "[(let a 1 (+ a 1)) 3]" },
        { "[match 1 with | 1 -> 2 | _ -> 3; 4]", "[(match 1 (1 -> 2) (_ -> 3)) 4]" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(comprehensions) {
    static const pair pairs[] = {
        { "[for x in xs -> x * 2]", "[from(for x in xs (yield (* x 2)))]" },
        { "[for x in xs do if p x then yield x]", "[from(for x in xs (if (p x) (yield x)))]" },
        { "[for x in xs do\n    for y in ys do\n        if x < y then\n            yield (x, y)]",
          "[from(for x in xs (for y in ys (if (< x y) (yield (tuple x y)))))]" },
        { "[|for i in 0..9 -> i|]", "[|from(for i in (.. 0 9) (yield i))|]" },
        { "[for i = 1 to 3 do yield i]", "[from(for i to 1 3 (yield i))]" },
        { "[yield 1; yield! xs]", "[from(seq (yield 1) (yield! xs))]" },
        { "[for x in xs do if p x then x]", "[from(for x in xs (if (p x) (yield x)))]" },
        { "[for (a, b) in ps -> a + b]", "[from(for (tuple a b) in ps (yield (+ a b)))]" },
        { "[ for x in [for y in ys -> y] do x ]", "[from(for x in [from(for y in ys (yield y))] (yield x))]" },
        { "[ for x in xs do\n    let y = x + 1\n    yield y\n    yield x ]",
          "[from(for x in xs (let y (+ x 1) (seq (yield y) (yield x))))]" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(records) {
    static const pair pairs[] = {
        { "{}", "{}" },
        { "{ a = 1; b = 2; }", "{a 1 b 2}" },
        { "{ r with a = 1; b = 2 }", "{r with a 1 b 2}" },
        { "{| a = 1 |}", "{a 1}" },
        { "{ a = 1\n  b = fun x ->\n      x\n  c = { d = 1 } }", "{a 1 b (fun x -> x) c {d 1}}" },
        { "{\n    a = 1\n    b = 2\n}", "{a 1 b 2}" },
        { "{ f x with a = 1 }", "{(f x) with a 1}" },
        { "{ M.a = 1 }", "{a 1}" },
        { "{ type = 1 }", "{type 1}" },
        { "{ r with\n    a = 1\n    b = 2 }", "{r with a 1 b 2}" },
        { "{ a = if x then 1 else 2; b = fun x -> x + 1; c = 3 }", "{a (if x 1 2) b (fun x -> (+ x 1)) c 3}" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(let_binds_names_functions_and_patterns) {
    static const pair pairs[] = {
        { "let x = 1", "(let x 1)" },
        { "let f x y = x", "(let f (fun x y -> x))" },
        { "let f () = 1", "(let f (fun () -> 1))" },
        { "let f _ (a, b) [c] = a", "(let f (fun _ (tuple a b) [c] -> a))" },
        { "let x: int = 1", "(let x : int 1)" },
        { "let f (x: int) (y: 'a list): Map<string, int> = x",
          "(let f : (Map string int) (fun (: x int) (: y (list 'a)) : (Map string int) -> x))" },
        { "let a, b = 1, 2", "(let (tuple a b) (tuple 1 2))" },
        { "let (a, b) = t", "(let (tuple a b) t)" },
        { "let { x = a } = r", "(let {x a} r)" },
        { "let h :: t = xs", "(let (:: h t) xs)" },
        { "let _ = f x", "(let _ (f x))" },
        { "let mutable x = 1", "(let mutable x 1)" },
        { "let rec f x = g x\nand g x = f x", "(let rec f (fun x -> (g x)) and g (fun x -> (f x)))" },
        { "let inline f x = x", "(let f (fun x -> x))" },
        { "let x' = ``my name``", "(let x' my name)" },
        { "let end = to + mutable", "(let end (+ to mutable))" },
        { "let f X = X", "(let f (fun X -> X))" },
        { "let (Some x) = o", "(let (ctor Some x) o)" },
        { "/// Doc.\n///  More.\nlet x = 1", "(let \"Doc.\\n More.\" x 1)" },
        { "let x = 1 let y = 2", "(let x 1)\n(let y 2)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(a_block_is_the_lines_in_one_column) {
    static const pair pairs[] = {
        { "let f x =\n    let a = 1\n    let b = 2\n    g a\n    a + b",
          "(let f (fun x -> (let a 1 (let b 2 (seq (g a) (+ a b))))))" },
        { "let f x =\n  let a = 1 in\n  let b = 2 in\n  a + b", "(let f (fun x -> (let a 1 (let b 2 (+ a b)))))" },
        { "let x = 1 in\nlet y = 2 in\nx + y", "(let x 1 (let y 2 (+ x y)))" },
        { "let f () =\n    a; b\n    c", "(let f (fun () -> (seq a b c)))" },
        { "let f = g\n    x", "(let f (g x))" },
        { "let f =\n    g\n        x\n        y\n    |> h", "(let f (|> (g x y) h))" },
        { "let r = xs\n        |> f\n        |> g", "(let r (|> (|> xs f) g))" },
        { "let r = xs\n|> f", "(let r (|> xs f))" },
        { "let x =\n    let y =\n        1\n    y", "(let x (let y 1 y))" },
        { "let t = (let a = 1\n         let b = 2\n         a + b)", "(let t (let a 1 (let b 2 (+ a b))))" },
        { "f (a; b)", "(f (seq a b))" },
        { "let f x =\n    if x then\n        a\n    b", "(let f (fun x -> (seq (if x a) b)))" },
        { "f x |> ignore; 5", "(|> (f x) ignore)\n5" },
        { "if a then b\nelse\nc\nd", "(if a b c)\nd" },
        { "let f x =\nlet y = x in\nlet z = y in\nz\nlet g = 1", "(let f (fun x -> (let y x (let z y z))))\n(let g 1)" },
        { "let f x =\n  if x then a\n  else\n  b\n  c", "(let f (fun x -> (seq (if x a b) c)))" },
        { "let f = fun x ->\nx\ny", "(let f (fun x -> x))\ny" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(operators_that_open_a_line_belong_to_what_they_are_right_of) {
    static const pair pairs[] = {
        { "let x =\n    if a then\n        b\n    else\n        c\n    |> f", "(let x (|> (if a b c) f))" },
        { "let x =\n    match a with\n    | A -> 1\n    | B -> 2\n    |> f", "(let x (|> (match a (A -> 1) (B -> 2)) f))" },
        { "if a then b\nelse c\n|> f", "(|> (if a b c) f)" },
        { "let f = fun x ->\n    x\n    |> g", "(let f (fun x -> (|> x g)))" },
        { "let x = if a then b else c |> f", "(let x (if a b (|> c f)))" },
        { "let x =\n    a\n    + b\n    - c", "(let x (- (+ a b) c))" },
        { "let b = a\n     && c\n     || d", "(let b (|| (&& a c) d))" },
        { "let x =\n    xs\n    |> List.map (fun x ->\n        let y = x\n        y)\n    |> f",
          "(let x (|> (|> xs ((. List map) (fun x -> (let y x y)))) f))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(if_is_an_expression_or_a_statement) {
    static const pair pairs[] = {
        { "if a then b else c", "(if a b c)" },
        { "if a then b elif c then d else e", "(if a b (if c d e))" },
        { "if a then b else if c then d else e", "(if a b (if c d e))" },
        { "if a then f ()", "(if a (f ()))" },
        { "let f a b =\n    if a then\n        if b then f ()\n    else g ()",
          "(let f (fun a b -> (if a (if b (f ())) (g ()))))" },
        { "let r =\n  if a then 1\nelse 2", "(let r (if a 1 2))" },
        { "let f x =\n  if x = 0 then 1\n  else\n  if x = 1 then 2\n  else\n  x",
          "(let f (fun x -> (if (= x 0) 1 (if (= x 1) 2 x))))" },
        { "if a\n   && b then c\nelse d", "(if (&& a b) c d)" },
        { "if a then (b; c) else d", "(if a (seq b c) d)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(match_arms_belong_by_their_column) {
    static const pair pairs[] = {
        { "match x with 1 -> 2 | _ -> 3", "(match x (1 -> 2) (_ -> 3))" },
        { "match x with\n| A ->\n    match y with\n    | B -> 1\n    | C -> 2\n| D -> 3",
          "(match x (A -> (match y (B -> 1) (C -> 2))) (D -> 3))" },
        { "let f a = match a with\n          | A -> match b with\n                 | X -> 1\n                 | Y -> 2\n          | B -> 3",
          "(let f (fun a -> (match a (A -> (match b (X -> 1) (Y -> 2))) (B -> 3))))" },
        { "match a, b with\n| 0, _ -> 1\n| x, y -> 2", "(match (tuple a b) ((tuple 0 _) -> 1) ((tuple x y) -> 2))" },
        { "match x with\n| n when n > 0 && p n -> 1\n| _ -> 2", "(match x (n when (&& (> n 0) (p n)) -> 1) (_ -> 2))" },
        { "let f = function\n    | 0 -> 1\n    | _ -> 2", "(let f (function (0 -> 1) (_ -> 2)))" },
        { "match x with\n| A ->\nmatch y with\n| B -> 1\n| C -> 2", "(match x (A -> (match y (B -> 1) (C -> 2))))" },
        { "match x with\n| A -> f 1\n       f 2\n| B -> 1; 2", "(match x (A -> (seq (f 1) (f 2))) (B -> (seq 1 2)))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(what_people_write_in_fsharp) {
    static const pair pairs[] = {
        { "List.iteri (fun i item ->\n    printfn item\n) xs", "((. List iteri) (fun i item -> (printfn item)) xs)" },
        { "let xs =\n    [ { a = 1\n        b = 2 }\n      { a = 3\n        b = 4 } ]", "(let xs [{a 1 b 2} {a 3 b 4}])" },
        { "let y =\n    [1; 2]\n    |> List.map f\n    |> function\n        | [] -> 0\n        | h :: _ -> h",
          "(let y (|> (|> [1 2] ((. List map) f)) (function ([] -> 0) ((:: h _) -> h))))" },
        { "let z =\n    if a &&\n       b then\n        1\n    else 2", "(let z (if (&& a b) 1 2))" },
        { "let rec loop i acc =\n    if i = 0 then acc else\n    loop (i - 1) (acc + i)",
          "(let rec loop (fun i acc -> (if (= i 0) acc (loop (- i 1) (+ acc i)))))" },
        { "let k =\n    match a with\n    | Some x ->\n        match x with\n        | 1 -> \"one\"\n        | _ -> \"other\"\n        |> String.toUpper\n    | None -> \"none\"",
          "(let k (match a ((ctor Some x) -> (|> (match x (1 -> \"one\") (_ -> \"other\")) (. String toUpper))) (None -> \"none\")))" },
        { "let r =\n    { d with\n        f =\n            fun x ->\n                x + 1\n        g = [ 1\n              2 ] }",
          "(let r {d with f (fun x -> (+ x 1)) g [1 2]})" },
        { "let m =\n    foo (fun () ->\n            a\n            b)\n        c", "(let m (foo (fun () -> (seq a b)) c))" },
        { "f x <| fun y ->\n    y + 1", "(<| (f x) (fun y -> (+ y 1)))" },
        { "x |> Option.map ((+) 1)", "(|> x ((. Option map) ((fun $a $b -> (+ $a $b)) 1)))" },
        { "let g =\n    let h a =\n        fun c ->\n            let d = c\n            a + d\n    h 1 2",
          "(let g (let h (fun a -> (fun c -> (let d c (+ a d)))) (h 1 2)))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(patterns) {
    static const pair pairs[] = {
        { "match x with _ -> 1 | () -> 2 | -1 -> 3 | 1.5 -> 4 | true -> 5 | \"s\" -> 6 | 'c' -> 7",
          "(match x (_ -> 1) (() -> 2) (-1 -> 3) (1.5f -> 4) (true -> 5) (\"s\" -> 6) (\"c\" -> 7))" },
        { "match x with Some x -> 1 | Some(x, y) -> 2 | None -> 3 | M.Foo _ -> 4 | Node (Leaf, v, _) -> 5",
          "(match x ((ctor Some x) -> 1) ((ctor Some x y) -> 2) (None -> 3) ((ctor Foo _) -> 4) ((ctor Node Leaf v _) -> 5))" },
        { "match x with [] -> 1 | [a] -> 2 | [a; b] -> 3 | h :: _ -> 4 | a :: b :: c -> 5 | [|a; b|] -> 6",
          "(match x ([] -> 1) ([a] -> 2) ([a b] -> 3) ((:: h _) -> 4) ((:: a (:: b c)) -> 5) ([|a b|] -> 6))" },
        { "match x with 1 | 2 | 3 as n -> n", "(match x ((as n (| (| 1 2) 3)) -> n))" },
        { "match x with { a = 1; b = y } -> y | { a = Some z } -> z", "(match x ({a 1 b y} -> y) ({a (ctor Some z)} -> z))" },
        { "match x with (a, (b, 1)) -> a", "(match x ((tuple a (tuple b 1)) -> a))" },
        { "match x with (x: int) -> x", "(match x ((: x int) -> x))" },
        { "match x with\n| 1\n| 2 -> 3", "(match x ((| 1 2) -> 3))" },
        { "match x with Ok () -> 1 | Foo() -> 2 | Rect a b -> 3",
          "(match x ((ctor Ok ()) -> 1) (Foo -> 2) ((ctor Rect a b) -> 3))" },
        { "fun { a = x } [y] (Some z) -> x", "(fun {a x} [y] (ctor Some z) -> x)" },
        { "fun (x: int, y) -> x", "(fun (tuple (: x int) y) -> x)" },
        { "match x with a, b | b, a -> a", "(match x ((| (tuple a b) (tuple b a)) -> a))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(patterns_before_an_arrow_have_their_commas_in_brackets_too) {
    static const pair pairs[] = {
        { "(match a, b with x, y -> e | _ -> f)", "(match (tuple a b) ((tuple x y) -> e) (_ -> f))" },
        { "[match a, b with x, y when x -> e | c, d | d, c -> f; 2]",
          "[(match (tuple a b) ((tuple x y) when x -> e) ((| (tuple c d) (tuple d c)) -> f)) 2]" },
        { "f (fun p -> match a, b with x, y -> e | _ -> f) z",
          "(f (fun p -> (match (tuple a b) ((tuple x y) -> e) (_ -> f))) z)" },
        { "{ q = match a, b with x, y -> e | _ -> f; r = 2 }", "{q (match (tuple a b) ((tuple x y) -> e) (_ -> f)) r 2}" },
        { "f(c, match a, b with x, y -> e | _ -> f)", "(f (tuple c (match (tuple a b) ((tuple x y) -> e) (_ -> f))))" },
        { "(try f x with Foo (a, b), c -> 1 | _ -> 2)", "(try (f x) ((tuple (ctor Foo a b) c) -> 1) (_ -> 2))" },
        { "f (function a, b -> a | _ -> c)", "(f (function ((tuple a b) -> a) (_ -> c)))" },
        { "[for a, b in xs -> a]", "[from(for (tuple a b) in xs (yield a))]" },
        { "(for a, b in xs do f a)", "(for (tuple a b) in xs (f a))" },
        { "(let a, b = 1, 2 in a + b)", "(let (tuple a b) (tuple 1 2) (+ a b))" },
        { "f (let a = 1, 2\n   (a, b), 3)", "(f (tuple (let a (tuple 1 2) (tuple a b)) 3))" },
        { "async { let! a, b = t in return a }", "(async ((. Async Bind) t (fun (tuple a b) -> ((. Async Return) a))))" },
        { "(match x with A -> 1 | B -> 3), 4", "(tuple (match x (A -> 1) (B -> 3)) 4)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(array_types) {
    static const pair pairs[] = {
        { "let f (x: int[]) : int list [] = x",
          "(let f : (array (list int)) (fun (: x (array int)) : (array (list int)) -> x))" },
        { "let a: (int -> int)[][] = b", "(let a : (array (array (-> int int))) b)" },
        { "type R =\n    { a: int[]\n      b: string[] option }", "(record R (a (array int)) (b (option (array string))))" },
        { "let (a, b): int[] * int = t", "(let (tuple a b) : (* (array int) int) t)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(words_of_fsharp_without_a_meaning_here) {
    static const pair pairs[] = {
        { "let id<'a> (x: 'a) : 'a = x", "(let id : 'a (fun (: x 'a) : 'a -> x))" },
        { "let f<'a, 'b when 'a : comparison and 'b : equality>(x: 'a) = x", "(let f (fun (: x 'a) -> x))" },
        { "let empty<'a>= []", "(let empty [])" },
        { "let rec inline f x = x", "(let rec f (fun x -> x))" },
        { "let private inline rec f x = 1", "(let rec f (fun x -> 1))" },
        { "let private mutable x = 1", "(let mutable x 1)" },
        { "let mutable private x = 1", "(let mutable x 1)" },
        { "let f inline private = inline", "(let f (fun inline private -> inline))" },
        { "type private T = A | B", "(union T (A) (B))" },
        { "type internal 'a T = private | A | B", "(union T 'a (A) (B))" },
        { "type T = private { a: int }", "(record T (a int))" },
        { "module private M =\n    let x = 1", "(module M\n  (let x 1))" },
        { "/// Doc.\n[<Literal; Foo(\"x\")>]\n[<Bar>]\nlet Max = 3", "(let \"Doc.\" Max 3)" },
        { "[<Literal>] let x = 1\n[<A>]\ntype T = A\n[<B>]\n1", "(let x 1)\n(union T (A))\n1" },
        { "module M =\n    [<Literal>]\n    let x = 1\n    [<Struct>]\n    type T = A\n    let y = 2\nM.y",
          "(module M\n  (let x 1)\n  (union T (A))\n  (let y 2))\n(. M y)" },
        { "module M =\n[<A>]\nlet x = 1\nM.x", "(module M\n  (let x 1))\n(. M x)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(attributes_without_an_end_or_an_effect) {
    static const pair pairs[] = {
        { "[<Literal>]", "1:12 expected an expression or a definition, found the end of the text" },
        { "[<Literal\nlet x = 1", "1:10 expected `>]`, found the end of the line" },
        { "[<EntryPoint>]\nlet main x = 0", "1:3 warning: attributes do nothing: no function is called by itself" },
        { NULL, NULL },
    };
    check_findings(pairs);
}

RF_TEST(a_minus_negates_or_subtracts) {
    static const pair pairs[] = {
        { "f (-1)", "(f -1)" },
        { "[-1; -2]", "[-1 -2]" },
        { "x -1", "(- x 1)" },
        { "x-1", "(- x 1)" },
        { "(x, -1)", "(tuple x -1)" },
        { "-x + 1", "(+ (neg x) 1)" },
        { "fun x -> -x", "(fun x -> (neg x))" },
        { "match x with | -1 -> 1 | -2.5 -> 3 | Some -1 -> 2", "(match x (-1 -> 1) (-2.5f -> 3) ((ctor Some -1) -> 2))" },
        { "f (-x) -1", "(- (f (neg x)) 1)" },
        { "{ a = -1 }", "{a -1}" },
        { "Some (-1)", "(ctor Some -1)" },
        { "if a then -1 else -2", "(if a -1 -2)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(blocks_within_brackets_and_behind_pipes) {
    static const pair pairs[] = {
        { "f (\n    if a then b\n    else c\n) d", "(f (if a b c) d)" },
        { "[\n    if a then\n        b\n    else\n        c\n    2\n]", "[(if a b c) 2]" },
        { "f (\n    if a then\n        b\n    else\n        c,\n    d)", "(f (tuple (if a b c) d))" },
        { "f (\n    fun x ->\n        x,\n        1,\n    2)", "(f (tuple (fun x -> (tuple x 1)) 2))" },
        { "f <| match x with\n     | A -> 1\n     | B -> 2", "(<| f (match x (A -> 1) (B -> 2)))" },
        { "let r =\n    f x <|\n    match x with\n    | A -> 1\n    | B -> 2", "(let r (<| (f x) (match x (A -> 1) (B -> 2))))" },
        { "let r =\n    x\n    |> fun y ->\n        y + 1\n    |> g", "(let r (|> (|> x (fun y -> (+ y 1))) g))" },
        { "x |> fun y -> y + 1 |> g", "(|> x (fun y -> (|> (+ y 1) g)))" },
        { "f x\n|> function\n| A -> 1\n| B -> 2", "(|> (f x) (function (A -> 1) (B -> 2)))" },
        { "f (try\n    g x\n   with\n   | Foo -> 1\n   | _ -> 2) 3", "(f (try (g x) (Foo -> 1) (_ -> 2)) 3)" },
        { "let f = fun x y ->\n    let z = x\n\n    // c\n\n    z + y", "(let f (fun x y -> (let z x (+ z y))))" },
        { "match x with\n// a\n| A -> 1 // b\n(* c\n*)\n| B -> 2\n// d\n| C ->\n    // e\n    3",
          "(match x (A -> 1) (B -> 2) (C -> 3))" },
        { "let f x =\n\tlet a = 1\n\ta", "(let f (fun x -> (let a 1 a)))" },
        { "let f x =\r\n    let a = 1\r\n\r\n    match a with\r\n    | 1 -> 2\r\n    | _ ->\r\n        3\r\nf 1\r\n",
          "(let f (fun x -> (let a 1 (match a (1 -> 2) (_ -> 3)))))\n(f 1)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(loops_and_exceptions) {
    static const pair pairs[] = {
        { "for x in xs do f x", "(for x in xs (f x))" },
        { "for (k, v) in xs do\n    f k\n    g v", "(for (tuple k v) in xs (seq (f k) (g v)))" },
        { "for i = 1 to n - 1 do f i", "(for i to 1 (- n 1) (f i))" },
        { "for i = 10 downto 1 do f i", "(for i downto 10 1 (f i))" },
        { "for _ in 1..3 do f ()", "(for _ in (.. 1 3) (f ()))" },
        { "while a do\n    b\n    if c then break else continue", "(while a (seq b (if c break continue)))" },
        { "try f x with e -> 1", "(try (f x) (e -> 1))" },
        { "try\n    f x\nwith\n| Failure m -> g m; 0\n| _ -> 1", "(try (f x) ((ctor Failure m) -> (seq (g m) 0)) (_ -> 1))" },
        { "try f x finally g ()", "(finally (f x) (g ()))" },
        { "let f () =\n    let mutable i = 0\n    while i < 3 do\n        i <- i + 1\n    i",
          "(let f (fun () -> (let mutable i 0 (seq (while (< i 3) (<- i (+ i 1))) i))))" },
        { "let to = 1", "(let to 1)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(functions) {
    static const pair pairs[] = {
        { "fun x -> x", "(fun x -> x)" },
        { "fun x y -> x + y", "(fun x y -> (+ x y))" },
        { "fun () -> 1", "(fun () -> 1)" },
        { "fun _ -> 1", "(fun _ -> 1)" },
        { "fun (a, b) -> a", "(fun (tuple a b) -> a)" },
        { "fun x -> fun y -> x", "(fun x -> (fun y -> x))" },
        { "let f = fun x -> a; b", "(let f (fun x -> (seq a b)))" },
        { "f (fun x ->\n    a\n    b) y", "(f (fun x -> (seq a b)) y)" },
        { "List.iter (fun x ->\n  f x\n) xs", "((. List iter) (fun x -> (f x)) xs)" },
        { "function A -> 1 | B -> 2", "(function (A -> 1) (B -> 2))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(async_blocks_are_calls_of_the_module) {
    static const pair pairs[] = {
        { "async { }", "(async ((. Async Return) ()))" },
        { "async { return 1 }", "(async ((. Async Return) 1))" },
        { "async { return! x }", "(async ((. Async ReturnFrom) x))" },
        { "async { let! x = a in return x }", "(async ((. Async Bind) a (fun x -> ((. Async Return) x))))" },
        { "async {\n    let! x = a\n    let y = x + 1\n    do! f y\n    g y\n    return y\n}",
          "(async ((. Async Bind) a (fun x -> (let y (+ x 1) ((. Async Bind) (f y) (fun _ -> (seq (g y) ((. Async Return) y))))))))" },
        { "async { f x }", "(async (seq (f x) ((. Async Return) ())))" },
        { "async { do! f x }", "(async ((. Async Bind) (f x) (fun _ -> ((. Async Return) ()))))" },
        { "async { if a then return 1 else return 2 }", "(async (if a ((. Async Return) 1) ((. Async Return) 2)))" },
        { "async {\n    if a then do! b\n    return 1\n}",
          "(async ((. Async Combine) (if a ((. Async Bind) b (fun _ -> ((. Async Return) ()))) ((. Async Zero) ())) ((. Async Delay) (fun _ -> ((. Async Return) 1)))))" },
        { "async {\n    match a with\n    | A -> return 1\n    | B ->\n        let! c = d\n        return c\n}",
          "(async (match a (A -> ((. Async Return) 1)) (B -> ((. Async Bind) d (fun c -> ((. Async Return) c))))))" },
        { "async { let x = 1; return x }", "(async (let x 1 ((. Async Return) x)))" },
        { "async { yield 1; yield 2 }",
          "(async ((. Async Combine) ((. Async Yield) 1) ((. Async Delay) (fun _ -> ((. Async Yield) 2)))))" },
        { "async { return 1; f x }", "(async ((. Async Return) 1))" },
        { "async {\n  if a then f x\n  return 1 }", "(async (seq (if a (f x)) ((. Async Return) 1)))" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(types) {
    static const pair pairs[] = {
        { "type T = A | B of int | C of x: int * y: string", "(union T (A) (B int) (C int string))" },
        { "type T =\n    | A\n    | B of int list", "(union T (A) (B (list int)))" },
        { "type T = Only", "(union T (Only))" },
        { "type R = { a: int; mutable b: string }", "(record R (a int) (b string mutable))" },
        { "type R =\n    { a: int\n      b: Map<string, List<int>> }", "(record R (a int) (b (Map string (List int))))" },
        { "type G<'a, 'b> = P of 'a * 'b", "(union G 'a 'b (P 'a 'b))" },
        { "type 'a T = L | N of 'a T", "(union T 'a (L) (N (T 'a)))" },
        { "type A = int", "(alias A int)" },
        { "type F = int -> string -> bool", "(alias F (-> int (-> string bool)))" },
        { "type P = Json<\"x\">", "(provider P)" },
        { "type A = { x: B }\nand B = { y: A }", "(record A (x B) and)\n(record B (y A))" },
        { "type T = A of int -> int", "(union T (A (-> int int)))" },
        { "exception E of string", "(exception E (E string))" },
        { "exception E", "(exception E (E))" },
        { "type A = (int * string) option list", "(alias A (list (option (* int string))))" },
        { "type A = M.t", "(alias A M.t)" },
        { "let x: {| a: int |} = y", "(let x : {|a int|} y)" },
        { "let x: _ list = y", "(let x : (list _) y)" },
        { "let x : Foo<Bar<int>>= y", "(let x : (Foo (Bar int)) y)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(modules_opens_and_loads) {
    static const pair pairs[] = {
        { "module M =\n    let x = 1\n    module N =\n        let y = 2\n    do f x\nM.x",
          "(module M\n  (let x 1)\n  (module N\n    (let y 2))\n  (do (f x)))\n(. M x)" },
        { "module A =\nlet x = 1\nmodule B =\nlet y = 2\nB.y", "(module A\n  (let x 1))\n(module B\n  (let y 2))\n(. B y)" },
        { "module Init =\n  do f 1\n  let v = 3\n\"main\"", "(module Init\n  (do (f 1))\n  (let v 3))\n\"main\"" },
        { "open A.B", "(open A.B)" },
        { "module File\nlet x = 1", "(let x 1)" },
        { "module M = begin let x = 1 end", "(module M\n  (let x 1))" },
        { "open M\nmodule M =\n  type T = A | B\n  let a = A\na", "(open M)\n(module M\n  (union T (A) (B))\n  (let a A))\na" },
        { "#!/usr/bin/env riffle\nlet x = 1", "(let x 1)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(comments_and_blanks_are_nothing) {
    static const pair pairs[] = {
        { "// a\nf x // b\n// c", "(f x)" },
        { "f (* a (* b *) c *) x", "(f x)" },
        { "(* a\nb *) f x", "(f x)" },
        { "\n\n  f x\n\n", "(f x)" },
        { "\xEF""\xBB""\xBF""f x", "(f x)" },
        { "f\r\n  x\r\ng", "(f x)\ng" },
        { "", "" },
        { "/// no definition\nf x", "(f x)" },
        { NULL, NULL },
    };
    check_dumps(pairs);
}

RF_TEST(mistakes_of_the_lexer_have_their_place) {
    static const pair pairs[] = {
        { "let x = 5 @ 3", "1:11 unexpected character '@'" },
        { "let a = true & false", "1:14 unexpected character '&'" },
        { "let \xC3""\xA9"" = 1", "1:5 unexpected character '\xC3""\xA9""'" },
        { "#include \"x\"\n1", "1:1 unknown directive 'include'" },
        { "#load lib.fsx\n1", "1:1 #load requires a string path" },
        { "let a = 1\n(* open (* nested *)\na", "2:1 unterminated multi-line comment" },
        { "let x = 5x", "1:9 invalid number '5x'" },
        { "let n = 99999999999999999999", "1:9 invalid number '99999999999999999999'" },
        { "let s = \"abc", "1:9 unterminated string" },
        { "let c = 'ab'", "1:9 unexpected character '''" },
        { "let s = $\"a{x\"\nlet y = 1 +",
          "1:14 expected `}`, found the end of the string\n2:12 expected an expression, found the end of the text" },
        { "let s = $\"a}b\"", "1:12 a } in an interpolated string closes nothing" },
        { "let x = !y", "1:9 unexpected character '!'" },
        { NULL, NULL },
    };
    check_findings(pairs);
}

RF_TEST(mistakes_of_the_reference_stay_mistakes) {
    static const pair pairs[] = {
        { "let _ = 5 in 6", "1:5 expected a name before in, found `_`" },
        { "let r = 1 < 2 < 3", "1:15 expected an expression that ends here, found `<`: comparisons do not chain" },
        { "let r = if true then 1\nr",
          "1:9 expected else: this `if` gives a value when its condition holds, and none otherwise" },
        { "let x 5", "1:7 expected `=`, found `5`" },
        { "type T = |\n1", "1:11 expected a constructor name, found the end of the line" },
        { "let a = (1 + 2", "1:15 expected `)`, found the end of the text" },
        { NULL, NULL },
    };
    check_findings(pairs);
}

RF_TEST(several_mistakes_are_told_at_once) {
    static const pair pairs[] = {
        { "let f x =\n    let a = 1 +\n    let b = * 2\n    a + b\nlet g = )",
          "2:16 expected an expression, found the end of the line\n3:13 expected an expression, found `*`\n5:9 expected an expression, found `)`" },
        { "let i = [1; 2\nlet j = { a = 1, b = 2 }",
          "1:14 expected `]`, found the end of the line\n2:16 expected `}`, found `,`" },
        { "match x with\n| 1 ->\n| 2 -> 3\n| -> 4\n| 5 -> 6",
          "2:7 expected an expression, found the end of the line\n4:3 expected a pattern, found `->`" },
        { "let l = fun -> 1\nlet m = fun 1 -> 1", "1:13 expected a parameter, found `->`\n2:13 expected a parameter, found `1`" },
        { "let o = foo.\nlet p = 1", "1:13 expected a field name or `[` after the dot, found the end of the line" },
        { "let i = r.x <- 3", "1:9 expected a mutable name or x.[i] on the left of <-" },
        { "let l = yield 3\nlet m = return 4",
          "1:9 `yield` has a meaning in lists, arrays and async { } only\n2:9 `return` has a meaning in async { } only" },
        { NULL, NULL },
    };
    check_findings(pairs);
}

RF_TEST(what_is_missing_is_missing_at_the_end_of_the_line) {
    static const pair pairs[] = {
        { "let in = 5", "1:5 expected a name or a pattern after let, found `in`" },
        { "let f x =\n    f x\n      if a then b", "3:7 expected an operator or the end of the expression, found `if`" },
        { "let t = a.[1..2]", "1:13 expected `]`, found `..`" },
        { "let t = (1..2)", "1:11 expected `)`, found `..`" },
        { "if a then 1 else\nlet b = 2", "1:17 expected an expression, found the end of the line" },
        { "let x =\nlet y = 1", "1:8 expected an expression, found the end of the line" },
        { "let f x =\n    if x then\n    else 1", "2:14 expected an expression, found the end of the line" },
        { "for x do ()", "1:7 expected in, found `do`" },
        { "while true f ()", "1:16 expected do, found the end of the text" },
        { "try f x", "1:8 expected with or finally, found the end of the text" },
        { "f (a\nb", "1:5 expected `)`, found the end of the line" },
        { "let x = = 1 in y", "1:9 expected an expression, found `=`" },
        { "[1; 2 3)", "1:8 expected `]`, found `)`" },
        { "async { for x in xs do do! f x }", "1:9 let!, do! and return cannot stand in a loop" },
        { "exception 5", "1:11 expected an exception name, found `5`" },
        { "module M =\n    let x = )\n    let y = 1\nlet z = (",
          "2:13 expected an expression, found `)`\n4:10 expected an expression, found the end of the text" },
        { "type R = { a int }", "1:14 expected `:`, found `int`" },
        { "let rec (a, b) = c", "1:9 expected a name after let rec, found `(`" },
        { "else 5", "1:1 expected an expression or a definition, found `else`" },
        { "let x = _", "1:9 expected an expression, found `_`" },
        { "open 5", "1:6 expected a module name, found `5`" },
        { "f x y ]", "1:7 expected the end of the line, found `]`" },
        { "let x = 1 in", "1:13 expected an expression, found the end of the text" },
        { "$\"{}\"", "1:4 expected an expression, found `}`" },
        { "let f x = match x with", "1:23 expected a pattern, found the end of the text" },
        { "type T = int with member x.y = 1", "1:14 expected the end of the type, found `with`" },
        { NULL, NULL },
    };
    check_findings(pairs);
}

RF_TEST(what_is_only_doubtful_is_a_warning) {
    static const pair pairs[] = {
        { "let f x =\n    let y = 1", "2:5 warning: `let y` is the last thing in its block: nothing uses it" },
        { "let f x =\n    let _ = g x", "" },
        { "[1, 2; 3]", "1:8 warning: commas and other separators in one list: each separates two elements" },
        { "let f x = x\n  let y = 2", "2:3 warning: this line is further right than what is before it, but no part of it" },
        { "#load \"x.fsx\"\n1", "1:1 warning: cannot load \"x.fsx\": files cannot be loaded here" },
        { NULL, NULL },
    };
    check_findings(pairs);
}

RF_TEST(length_is_no_nesting) {
    check_long("let x = ", "1 + ", "1", 0);
    check_long("let x = ", "1 :: ", "[]", 0);
    check_long("let x = ", "a ** ", "b", 0);
    check_long("let x = ", "let a = 1 in ", "a", 0);
    check_long("", "let a = 1 in\n", "a", 0);
    check_long("let f x =\n", "  let a = 1\n", "  a", 0);
    check_long("let f x =\n", "  f x\n", "  a", 0);
    check_long("", "f x\n", "", 0);
    check_long("let x = ", "if a then b else ", "c", 0);
    check_long("let f x = match x with\n", " | 1 -> 2\n", " | _ -> 3", 0);
    check_long("let f x = match x with\n | a", " :: a", " -> 3", 0);
    check_long("let x =\n  a\n", "  |> f\n", "", 0);
    check_long("f", " x", "", 0);
    check_long("f", ".x", "", 0);
    check_long("[", "1; ", "1]", 0);
    check_long("async {\n", "  f x\n", "  return 1 }", 0);
}

RF_TEST(nesting_has_a_bound) {
    check_long("let x = ", "(", "1", 1);
    check_long("let x = ", "[", "1", 1);
    check_long("let x = ", "Some (", "1", 1);
    check_long("let x = ", "f (", "1", 1);
    check_long("let x = ", "- ", "1", 1);
    check_long("let x = ", "fun a -> ", "1", 1);
    check_long("let x = ", "match a with _ -> ", "1", 1);
    check_long("let x = ", "{ a = ", "1", 1);
    check_long("", "let x = ", "1", 1);
    check_long("", "do ", "1", 1);
    check_long("", "x <- ", "1", 1);
    check_long("", "a.[0] <- ", "1", 1);
    check_long("[", "yield ", "1]", 1);
    check_long("let x : ", "(", "a", 1);
    check_long("let x : ", "a -> ", "a = 1", 1);
    check_long("let x : a", " list", " = 1", 1);
    check_long("let f ", "(", "a", 1);
    check_long("match x with ", "Some (", "a", 1);
    check_long("async {\n", "  let! a = b\n", "  return 1 }", 1);
}

RF_TEST(a_node_knows_its_place) {
    RF_CLEANUP(parsed_done) parsed p;
    parsed_init(&p);
    rf_slice text = rf_slice_of("let y = foo 1 + bar.baz");
    parse(&p, text, NULL);
    rf_check(p.code == RF_OK && p.ast.items && p.ast.items->kind == RF_FUS_ITEM_LET);
    const rf_fus_expr *sum = p.ast.items->binds[0].value;
    rf_check(sum->kind == RF_FUS_E_BINARY && sum->at == 8 && sum->at_op == 14 && sum->end == text.len);
    rf_check(sum->items[0]->at == 8 && sum->items[0]->end == 13);
    rf_check(sum->items[1]->at == 16 && sum->items[1]->at_op == 19);
    rf_check(p.ast.items->binds[0].pat->at == 4 && p.ast.items->binds[0].pat->end == 5);
}

RF_TEST(a_text_that_breaks_off_is_unfinished) {
    static const char *const unfinished[] = { "let f x =", "(1 +", "[1; 2", "match x with", "if a then", "\"abc", "(* a", "let x = 1 in", "f (fun x ->", "type T =",
                                              "1 +", "try f x", "{ a = 1", "let", "$\"a{", "a |>", "for x in xs do", "module M =", "[<A>]" };
    static const char *const finished[] = { "", "1", "let x = 1", "f x y", ")", "let x = = 1", "if a then 1", "let x 5", "// (", "1 @ (", "let f x =\n  x" };
    for (size_t i = 0; i < sizeof unfinished / sizeof *unfinished; i++)
        rf_check(rf_fus_text_unfinished(rf_slice_of(unfinished[i])));
    for (size_t i = 0; i < sizeof finished / sizeof *finished; i++)
        rf_check(!rf_fus_text_unfinished(rf_slice_of(finished[i])));
}

/* #load */

static rf_code load(void *user, rf_arena *arena, const char *from, rf_slice path, rf_source *ret_source, rf_error *reterr) {
    const pair *files = user;
    (void)arena;
    for (const pair *file = files; file->text; file++)
        if (rf_slice_is(path, file->text)) {
            *ret_source = (rf_source){ file->text, rf_slice_of(file->expected) };
            return RF_OK;
        }
    return rf_raise(reterr, RF_EIO, "%s asks for what is not there", from);
}

static void check_load(const char *text, const char *dump, const char *message) {
    static const pair files[] = {
        { "a", "let a = 1" }, { "b", "#load \"a\"\nlet b = a" }, { "self", "#load \"self\"" }, { "one", "#load \"two\"" }, { "two", "#load \"one\"\n1" },
        { "wrong", "let x = )" }, { NULL, NULL },
    };
    RF_CLEANUP(parsed_done) parsed p;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    parsed_init(&p);
    rf_fus_loader loader = { load, (void *)(uintptr_t)files };
    parse(&p, rf_slice_of(text), &loader);
    rf_check(p.code == RF_OK);
    rf_fus_dump(p.ast.items, &out);
    rf_check_text(rf_buffer_view(&out), rf_slice_of(dump));
    rf_check((p.diags.list.count == 1) == (*message != '\0'));
    if (*message)
        rf_check_text(rf_slice_of(p.diags.list.items[0].message), rf_slice_of(message));
}

RF_TEST(a_loaded_file_is_spliced_once) {
    check_load("#load \"a\"\na", "(load \"a\"\n  (let a 1))\na\n", "");
    check_load("#load \"b\"\n#load \"a\"\nb", "(load \"b\"\n  (load \"a\"\n    (let a 1))\n  (let b a))\n(load \"a\")\nb\n", "");
}

RF_TEST(files_that_load_each_other_are_a_mistake) {
    check_load("#load \"self\"", "(load \"self\"\n  (load \"self\"))\n", "\"self\" loads itself, by way of the files that are being loaded");
    check_load("#load \"one\"", "(load \"one\"\n  (load \"two\"\n    (load \"one\")\n    1))\n", "\"one\" loads itself, by way of the files that are being loaded");
}

RF_TEST(a_missing_file_is_a_warning) {
    check_load("#load \"none\"\n1", "(load \"none\")\n1\n", "cannot load \"none\": main.fsx asks for what is not there");
}

RF_TEST(mistakes_in_loaded_files_have_their_place) {
    RF_CLEANUP(parsed_done) parsed p;
    static const pair files[] = { { "wrong", "let y = 1\nlet x = )" }, { NULL, NULL } };
    parsed_init(&p);
    rf_fus_loader loader = { load, (void *)(uintptr_t)files };
    parse(&p, rf_slice_of("#load \"wrong\"\nlet z = ]"), &loader);
    rf_check(p.code == RF_OK && p.diags.list.count == 2);
    uint32_t line, column;
    const rf_fus_loaded *text = rf_fus_locate(&p.texts, p.diags.list.items[1].at, &line, &column);
    rf_check(text);
    rf_check_text(rf_slice_of(text->source.name), RF_SLICE("wrong"));
    rf_check(line == 2 && column == 9);
}
