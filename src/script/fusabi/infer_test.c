/* infer_test.c: types of definitions, and what inference says about clashes. */
#include "harness.h"

#include "script/fusabi/infer_fixture.h"

typedef struct row { const char *text, *expected; } row;

static void check_types(const row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
        rf_check(rf_fus_inferred_run(&self, rf_slice_of(rows[i].text)));
        rf_check_text(rf_fus_inferred_warnings(&self), RF_SLICE(""));
        rf_check_text(rf_fus_inferred_types(&self), rf_slice_of(rows[i].expected));
        rf_check(!self.out.failed);
    }
}

static void check_warnings(const row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
        rf_check(rf_fus_inferred_run(&self, rf_slice_of(rows[i].text)));
        rf_check_text(rf_fus_inferred_warnings(&self), rf_slice_of(rows[i].expected));
        rf_check(!self.out.failed);
    }
}
#define CHECK_TYPES(rows) check_types((rows), sizeof(rows) / sizeof *(rows))
#define CHECK_WARNINGS(rows) check_warnings((rows), sizeof(rows) / sizeof *(rows))

RF_TEST(plain_definitions_have_the_types_that_f_sharp_gives_them) {
    static const row rows[] = {
        { "let a = 1", "a: int\n" },
        { "let a = 1.5\nlet b = \"x\"\nlet c = true\nlet d = ()\nlet e = 'c'", "a: float\nb: string\nc: bool\nd: unit\ne: string\n" },
        { "let t = (1, \"a\", [2.0])", "t: int * string * float list\n" },
        { "let t = ((1, 2), 3)", "t: (int * int) * int\n" },
        { "let a = [|1; 2|]\nlet b = a.[0]\nlet c = [[1]; []]", "a: int array\nb: int\nc: int list list\n" },
        { "let e = []\nlet a = 1 :: e\nlet b = \"x\" :: e", "e: 'a list\na: int list\nb: string list\n" },
        { "let f = fun x -> x", "f: 'a -> 'a\n" },
        { "let f x y = x", "f: 'a -> 'b -> 'a\n" },
        { "let f () = 1\nlet g _ = 2\nlet a = f ()", "f: unit -> int\ng: 'a -> int\na: int\n" },
        { "let f (x, y) = y", "f: 'a * 'b -> 'b\n" },
        { "let apply f x = f x\nlet compose f g x = g (f x)", "apply: ('a -> 'b) -> 'a -> 'b\ncompose: ('a -> 'b) -> ('b -> 'c) -> 'a -> 'c\n" },
        { "let fs = [fun x -> x + 1]", "fs: (int -> int) list\n" },
        { "let a = $\"{1}\"\nlet b = \"x\" ++ \"y\"\nlet c = \"x\" ^ \"y\"", "a: string\nb: string\nc: string\n" },
        { "let a = if true then 1 else 2\nlet b = if true then printfn 1", "a: int\nb: unit\n" },
        { "let (a, b) = (1, \"x\")", "a: int\nb: string\n" },
        { "let { x = c } = { x = 1; y = \"s\" }\nlet (a, _) as b = (1, 2)", "c: int\na: int\nb: int * int\n" },
        { "let a = -1\nlet b = -2.5\nlet f x = -x", "a: int\nb: float\nf: 'num -> 'num\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(arithmetic_stays_open_until_something_decides_it) {
    static const row rows[] = {
        { "let add x y = x + y", "add: 'num -> 'num -> 'num\n" },
        { "let add x y = x + y\nlet a = add 1 2\nlet b = add 1.5 2.5", "add: 'num -> 'num -> 'num\na: int\nb: float\n" },
        { "let inc x = x + 1\nlet half x = x / 2.0", "inc: int -> int\nhalf: float -> float\n" },
        { "let less a b = a < b", "less: 'num -> 'num -> bool\n" },
        { "let area w h = w * h\nlet vol w h d = area w h * d", "area: 'num -> 'num -> 'num\nvol: 'num -> 'num -> 'num -> 'num\n" },
        { "let f a b c d = (a + b, c + d)", "f: 'num -> 'num -> 'num2 -> 'num2 -> 'num * 'num2\n" },
        { "let f x = x % 2 = 0", "f: int -> bool\n" },
        { "let sum = List.fold (fun a b -> a + b) 0", "sum: int list -> int\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(recursion_and_generalisation) {
    static const row rows[] = {
        { "let rec fact n = if n < 2 then 1 else n * fact (n - 1)", "fact: int -> int\n" },
        { "let rec f n = if n = 0 then \"done\" else f (n - 1)", "f: int -> string\n" },
        { "let rec map f xs = match xs with | [] -> [] | h :: t -> f h :: map f t", "map: ('a -> 'b) -> 'a list -> 'b list\n" },
        { "let rec even n = n = 0 || odd (n - 1)\nand odd n = n <> 0 && even (n - 1)", "even: int -> bool\nodd: int -> bool\n" },
        { "let id x = x\nlet p = (id 1, id \"a\")", "id: 'a -> 'a\np: int * string\n" },
        { "let g x =\n    let f n = if n = 0 then x else f (n - 1)\n    f 3", "g: 'a -> 'a\n" },
        { "let pair x =\n    let twice y = (y, y)\n    (twice x, twice 1)", "pair: 'a -> ('a * 'a) * (int * int)\n" },
        { "let f x =\n    let g y = (x, y)\n    (g 1, g \"a\")", "f: 'a -> ('a * int) * ('a * string)\n" },
        { "let (f, n) = ((fun x -> x), 1)\nlet a = f 1\nlet b = f \"s\"", "f: 'a -> 'a\nn: int\na: int\nb: string\n" },
        { "let first = List.map fst\nlet a = first [(1, 2)]\nlet b = first [(\"a\", 2)]", "first: ('a * 'b) list -> 'a list\na: int list\nb: string list\n" },
        { "let mutable xs = []\nxs <- [1]", "xs: int list\n" },
        { "let r = Array.create 1 []\nArray.set 0 [1] r", "r: int list array\n" },
        { "let x = 1\nlet x = \"now a string\"", "x: int\nx: string\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(declared_types) {
    static const row rows[] = {
        { "type P = { name: string; age: int }\nlet p = { age = 1; name = \"a\" }\nlet n = p.name", "p: P\nn: string\n" },
        { "type P = { name: string; age: int }\nlet f p = p.age + 1\nlet older p = { p with age = p.age + 1 }", "f: P -> int\nolder: P -> P\n" },
        { "type P = { x: int }\ntype Q = { x: int; y: int }\nlet f r = r.y\nlet g r = r.x\nlet a = g { x = 1 }\nlet b = g { x = 1; y = 2 }",
          "f: Q -> int\ng: { x: 'a; .. } -> 'a\na: int\nb: int\n" },
        { "type Pair<'a, 'b> = { first: 'a; second: 'b }\nlet p = { first = 1; second = \"x\" }\nlet swap p = { first = p.second; second = p.first }",
          "p: Pair<int, string>\nswap: Pair<'a, 'b> -> Pair<'b, 'a>\n" },
        { "type Tree<'a> = Leaf | Node of Tree<'a> * 'a * Tree<'a>\nlet t = Node(Leaf, 1, Leaf)\nlet e = Leaf", "t: Tree<int>\ne: Tree<'a>\n" },
        { "type Shape = Circle of float | Square of float\nlet area s = match s with Circle r -> r * r | Square a -> a * a", "area: Shape -> float\n" },
        { "type Id = int\ntype Names = string list\nlet f (x: Id) = x\nlet g (ns: Names) = List.head ns", "f: int -> int\ng: string list -> string\n" },
        { "type A = X of B | Y\nand B = Z of A\nlet a = X (Z Y)", "a: A\n" },
        { "type F = { run: int -> int; id: string }\nlet f = { run = (fun x -> x + 1); id = \"a\" }\nlet a = f.run 1", "f: F\na: int\n" },
        { "module M =\n    type C = Red | Green\n    let c = Red\nlet d = M.c\nlet e = M.Red", "M.c: C\nd: C\ne: C\n" },
        { "module A =\n    type T = X of int\n    let a = X 1\nmodule B =\n    type U = X of string\n    let b = X \"s\"\nlet f t = match t with A.X n -> n",
          "A.a: T\nB.b: U\nf: U -> string\n" },
        { "type P = { x: int; y: int }\nlet f (p: P) q = if p = q then q.x else p.y\nlet g (p: P) = p\nlet h b = if b then (fun r -> r.x) else (fun (r: P) -> r.y)",
          "f: P -> P -> int\ng: P -> P\nh: bool -> P -> int\n" },
        { "type A = B list\nand B = int\nlet f (x: A) = x", "f: int list -> int list\n" },
        { "exception Bad of string\nlet f x = if x then raise (Bad \"no\") else 1\nlet g x = try f x with Bad s -> String.length s | e -> 0",
          "f: bool -> int\ng: bool -> int\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(records_without_a_declaration_are_compared_by_their_fields) {
    static const row rows[] = {
        { "let r = { b = 1; a = \"x\" }\nlet s = r.a", "r: { a: string; b: int }\ns: string\n" },
        { "let q = {| x = 1 |}", "q: { x: int }\n" },
        { "let get r = r.x\nlet a = get { x = 1 }\nlet b = get { x = \"s\"; y = 2 }", "get: { x: 'a; .. } -> 'a\na: int\nb: string\n" },
        { "let move p = { p with x = p.x + 1 }\nlet a = move { x = 1; y = \"s\" }", "move: { x: int; .. } -> { x: int; .. }\na: { x: int; y: string }\n" },
        { "let a = { x = 1 }\nlet b = { a with y = 2 }", "a: { x: int }\nb: { x: int; y: int }\n" },
        { "let set r = { r with x = 1 }\nlet a = set { y = 2 }\nlet b = set { x = \"s\" }",
          "set: { x?: 'a; .. } -> { x: int; .. }\na: { x: int; y: int }\nb: { x: int }\n" },
        { "let ps = [{ n = 1; m = 2 }; { n = 3; m = 4 }]\nlet ns = List.map (fun p -> p.n) ps", "ps: { m: int; n: int } list\nns: int list\n" },
        { "let m = { times = (fun x -> x * 3); base = 1 }\nlet r = m.times(7)", "m: { base: int; times: int -> int }\nr: int\n" },
        { "let e = {}", "e: { .. }\n" },
        { "let r = { f = (fun a b -> a + b); g = fun () -> \"x\" }\nlet a = r.f(1, 2)\nlet b = r.g()\nlet c = r.f(1)",
          "r: { f: 'num -> 'num -> 'num; g: unit -> string }\na: int\nb: string\nc: int -> int\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(library_functions_pipes_and_compositions) {
    static const row rows[] = {
        { "let a = [1; 2] |> List.map (fun x -> x + 1) |> List.filter (fun x -> x > 1) |> List.length", "a: int\n" },
        { "let f = List.map String.length\nlet g = String.split \",\" >> List.map String.trim", "f: string list -> int list\ng: string -> string list\n" },
        { "let a = Some 3 |> Option.map string |> Option.defaultValue \"\"", "a: string\n" },
        { "let m = Map.ofList [(\"a\", 1)]\nlet v = Map.tryFind \"a\" m\nlet e = Map.empty ()", "m: Map<string, int>\nv: int option\ne: Map<string, 'a>\n" },
        { "let ok n = if n > 0 then Ok n else Error \"neg\"\nlet r = ok 1 |> Result.map string", "ok: int -> Result<int, string>\nr: Result<string, string>\n" },
        { "let c = async { return 1 }\nlet r = Async.RunSynchronously c", "c: Async<int>\nr: int\n" },
        { "let a = async {\n    let! x = async { return 1 }\n    return x + 1\n}", "a: Async<int>\n" },
        { "let root x = Math.sqrt (x * x)\nlet a = root 2", "root: 'num -> float\na: float\n" },
        { "let s = sprintf \"%d %s\" 1 \"x\"\nlet f = sprintf \"%d-%s\" 1\nlet t = sprintf \"%d\" [1]", "s: string\nf: 'a -> string\nt: string\n" },
        { "let f n = sprintf \"%d!\" n\nlet g n s = sprintf \"%s %5.2f\" s n", "f: int -> string\ng: 'num -> 'a -> string\n" },
        { "let f x = failwith \"no\"\nlet g x = if x then 1 else failwith \"no\"", "f: 'a -> 'b\ng: bool -> int\n" },
        { "let f x = x |> ignore", "f: 'a -> unit\n" },
        { "printfn \"%d\" <| 5\n5 |> printfn \"%d\"\nprintfn \"%d-%s\" 1 \"x\"", "" },
        { "let a = List.map (fun x -> x + 1) <| [1]\nlet c = string <| 1 + 2", "a: int list\nc: string\n" },
        { "let f xs = List.fold (fun a x -> a + x) 0 <| List.map int xs", "f: 'a list -> int\n" },
        { "let some = List.map Some [1]", "some: int option list\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(loops_comprehensions_and_mutables) {
    static const row rows[] = {
        { "let a = [1 .. 3]\nlet b = [for i in a do yield string i]\nlet c = [| for i in 1 .. 3 -> i * i |]", "a: int list\nb: string list\nc: int array\n" },
        { "let sum xs =\n    let mutable s = 0\n    for x in xs do s <- s + x\n    s\nlet a = sum [1]", "sum: 'a -> int\na: int\n" },
        { "let sum (xs: int list) =\n    let mutable s = 0\n    for x in xs do s <- s + x\n    s", "sum: int list -> int\n" },
        { "let f n =\n    let mutable i = 0\n    while i < n do i <- i + 1\n    i", "f: int -> int\n" },
        { "for (k, v) in Map.ofList [(\"a\", 1)] do printfn (k ++ string v)", "" },
        { "for c in \"abc\" do printfn (c ++ \"!\")", "" },
        { "let at a i = a.[i]\nlet x = at [|1|] 0", "at: 'a array -> int -> 'a\nx: int\n" },
        { "let first (s: string) = s.[0]", "first: string -> string\n" },
        { "let a = [|1|]\nlet b = a.[0] <- 2", "a: int array\nb: int array\n" },
        { "let r = try 1 with Failure s -> String.length s | e -> 0", "r: int\n" },
        { "Config.set \"size\" (Int 14)", "" },
        { "let r = try 1 with e -> String.length e.Message", "r: int\n" },
        { "let x = Json.parse \"1\"\nlet y = x.a.b\nlet z = x.a + 1", "x: dynamic\ny: dynamic\nz: int\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(annotations_decide) {
    static const row rows[] = {
        { "let f (x: float) y = x + y", "f: float -> float -> float\n" },
        { "let f x : int list = [x]", "f: int -> int list\n" },
        { "let x : int option = None", "x: int option\n" },
        { "let f (g: int -> string) (p: int * bool) = g (fst p)", "f: (int -> string) -> int * bool -> string\n" },
        { "let id (x: 'a) : 'a = x", "id: 'a -> 'a\n" },
        { "let f (x: 'a) (y: 'a) = 1", "f: 'a -> 'a -> int\n" },
        { "let m : Map<string, int list> = Map.empty ()", "m: Map<string, int list>\n" },
        { "let x = ([] : int list)", "x: int list\n" },
        { "let f (x: obj) = x", "f: dynamic -> dynamic\n" },
        { "let f (x: _) = x + 1", "f: int -> int\n" },
        { "let xs : List<int> = []\nlet ys : int array = [||]\nlet r : Result<int, string> = Ok 1", "xs: int list\nys: int array\nr: Result<int, string>\n" },
        { "let f (r: {| a: int |}) = r.a", "f: { a: int } -> int\n" },
    };
    CHECK_TYPES(rows);
}

RF_TEST(clashes_of_operands_are_told_at_both_places) {
    static const row rows[] = {
        { "let a = 1 + \"x\"", "1:13 `+` of `int` and `string` | 1:9 it is `int` here\n" },
        { "let a = \"x\" - 1", "1:9 `-` takes two numbers, this is `string` | 1:15 it is `int` here\n" },
        { "let a = 1 + 2.0", "1:13 `+` of `int` and `float` | 1:9 it is `int` here\n" },
        { "let a = 1 < \"a\"", "1:13 `<` of `int` and `string` | 1:9 it is `int` here\n" },
        { "let a = (1, 2) < (1, 3)", "1:9 `<` takes two numbers, this is `int * int`\n" },
        { "let a = \"n\" ++ 5", "1:16 `++` joins strings, this is `int`\n" },
        { "let a = 1 = \"1\"", "1:13 `=` of `int` and `string`: they are never equal | 1:9 it is `int` here\n" },
        { "let a = true && 1", "1:17 `&&` takes two `bool`, this is `int`\n" },
        { "let f x = (x + 1, x ++ \"s\")", "1:19 `++` joins strings, this is `int` | 1:16 it is `int` because of this\n" },
        { "let f x =\n    let a = x + 1\n    a ++ x", "3:5 `++` joins strings, this is `int` | 2:17 it is `int` because of this\n"
                                                    "3:10 `++` joins strings, this is `int` | 2:17 it is `int` because of this\n" },
        { "let a = -\"x\"", "1:10 `-` takes an int or a float, this is `string`\n" },
        { "let a = [1] :: [2]", "1:16 `::` joins to `int list list` here, this is `int list`\n" },
        { "let a = 1 :: \"a\" :: []", "1:14 `string` in a list of `int` | 1:9 it is `int` here\n" },
    };
    CHECK_WARNINGS(rows);
}

RF_TEST(clashes_of_arguments_are_told_at_both_places) {
    static const row rows[] = {
        { "let f x = x * 2\nlet a = f \"s\"", "2:11 `f` takes `int` here, but this is `string` | 1:15 `int` is needed because of this\n" },
        { "let f (x: int) = x\nlet a = f \"s\"", "2:11 `f` takes `int` here, but this is `string` | 1:11 `int` is needed because of this\n" },
        { "let f x = x\nlet a = f 1 2", "2:13 `f` takes 1 argument, this is one too many | 1:5 it is defined here\n" },
        { "let a = 3\nlet b = a 1", "2:9 this is `int`, no function: it cannot be applied\n" },
        { "let a = String.trim 5", "1:21 `String.trim` takes `string` here, but this is `int` | 1:9 `String.trim` is `string -> string`\n" },
        { "let a = [\"a\"] |> List.map (fun x -> x + 1)", "1:37 `+` takes two numbers, this is `string` | 1:9 it is `string` because of this\n" },
        { "let a = List.map (fun x -> x + 1) [\"a\"]", "1:35 `List.map` takes `int list` here, but this is `string list` | 1:32 `int` is needed because of this\n" },
        { "let a = 3 |> List.head", "1:9 `List.head` takes `'a list` here, but this is `int` | 1:14 `List.head` is `'a list -> 'a`\n" },
        { "let f x = x x", "1:13 this would need a type that contains itself\n" },
        { "let rec f n = if n = 0 then 1 else f \"a\"", "1:38 `f` takes `int` here, but this is `string` | 1:22 `int` is needed because of this\n" },
        { "let f r = r.x + 1\nlet a = f { y = 1 }", "2:11 `f` takes `{ x: int; .. }` here, but this is `{ y: int }` | 1:7 its parameter\n" },
        { "printfn \"%d\" 1 2", "1:16 the format takes 1 argument, but is given 2 | 1:9 the format\n" },
        { "let s = sprintf \"%d %s\" \"a\" 1", "1:25 `%d` takes an int, this is `string` | 1:17 the format\n" },
        { "let s = sprintf \"%d\" [1; 2]", "1:22 the format takes 1 argument, but is given 2 | 1:17 the format\n" },
        { "let s = sprintf \"%d %s\" [1; \"x\"]\nlet t = sprintf \"%d\" [\"x\"]", "2:23 `%d` takes an int, this is `string` | 2:17 the format\n" },
        { "let s = sprintf \"%q\" [1]", "1:17 unknown format specifier `%q`\n" },
        { "let f = String.length >> List.length", "1:9 `List.length` takes `'a list` here, but this is `int` | 1:26 `List.length` is `'a list -> int`\n" },
    };
    CHECK_WARNINGS(rows);
}

RF_TEST(clashes_of_branches_elements_and_conditions) {
    static const row rows[] = {
        { "let a = if true then 1 else \"a\"", "1:29 this branch gives `string`, an earlier one `int` | 1:22 it is `int` here\n" },
        { "let g () = 1\nlet a = if true then g ()", "2:22 without `else` this is `unit`, not `int`\n" },
        { "let a = if 0 then 1 else 2", "1:12 a condition is `bool`, this is `int`\n" },
        { "let f x = match x with 0 -> 1 | _ -> \"a\"", "1:38 this arm gives `string`, an earlier one `int` | 1:29 it is `int` here\n" },
        { "let a = [1; \"a\"; true]\nlet b = List.head a + 1", "1:13 `string` in a list of `int` | 1:10 the first element is `int`\n" },
        { "let a = [|1; \"a\"|]", "1:14 `string` in an array of `int` | 1:11 the first element is `int`\n" },
        { "while 1 do ()", "1:7 a condition is `bool`, this is `int`\n" },
        { "let a = [1 .. \"a\"]", "1:15 a range goes over `int`, this is `string`\n" },
        { "for x in 5 do printfn x", "1:10 `for` cannot go through `int`\n" },
        { "let a = [1].[0]", "1:9 `int list` has no `.[i]`: only arrays and strings have\n" },
        { "let a = [|1|].[\"0\"]", "1:16 an index is `int`, this is `string`\n" },
        { "let mutable x = 1\nx <- \"a\"", "2:6 `x` is `int`, this is `string` | 1:13 `x` is defined here\n" },
        { "let a = try 1 with _ -> \"x\"", "1:25 this arm gives `string`, an earlier one `int` | 1:13 it is `int` here\n" },
        { "let a = [for i in [1; 2] do\n            yield i\n            yield \"a\"]", "3:13 `string` in a list of `int` | 2:13 `int` is needed because of this\n" },
    };
    CHECK_WARNINGS(rows);
}

RF_TEST(clashes_with_annotations_records_and_constructors) {
    static const row rows[] = {
        { "let x : int = \"a\"", "1:15 this is declared `int`, but is `string` | 1:9 declared here\n" },
        { "let f x : string = x + 1", "1:20 the result is declared `string`, but is `int` | 1:11 declared here\n" },
        { "let a = (1 : string)", "1:10 this is declared `string`, but is `int` | 1:14 declared here\n" },
        { "let x : Foo = 1", "1:9 unknown type `Foo`\n" },
        { "let x : Map<int> = 1", "1:9 `Map` is written with another number of type arguments than it is declared with\n" },
        { "type P = { x: int }\nlet p = { x = \"a\" }", "2:15 field `x` is `int`, but this is `string` | 1:1 the record type is declared here\n" },
        { "type P = { x: int }\nlet f (p: P) = p.y", "2:18 `P` has no field `y` | 1:1 the type is declared here\n" },
        { "type P = { x: int }\nlet f (p: P) = { p with y = 1 }", "2:29 `P` has no field `y` | 1:1 the record type is declared here\n" },
        { "let r = { x = 1 }\nlet a = r.y", "2:11 `{ x: int }` has no field `y`\n" },
        { "let n = 3\nlet a = n.y", "2:11 `int` is no record: it has no field `y`\n" },
        { "let f r = r.x\nlet a = f { y = 1 }", "2:11 `f` takes `{ x: 'a; .. }` here, but this is `{ y: int }` | 1:7 its parameter\n" },
        { "type T = A of int | B\nlet a = A \"s\"", "2:11 `A` holds `int` here, but this is `string` | 1:10 it is declared here\n" },
        { "type T = A of int | B\nlet a = A(1, 2)", "2:9 `A` holds 1 value, but is given 2 | 1:10 it is declared here\n" },
        { "let a = match Some 1 with Some(a, b) -> 1 | None -> 0", "1:27 this pattern is for `'a * 'b`, but the value is `int` | 1:20 `int` is needed because of this\n" },
        { "type T = A of int * int | B\nlet f t = match t with A x -> x | B -> 1", "2:24 `A` holds 2 values, but the pattern names 1 | 1:10 it is declared here\n" },
        { "let a = Foo\nlet b = Foo", "1:9 unknown constructor `Foo`\n" },
        { "let f x = match x with Foo -> 1 | _ -> 2", "1:24 unknown constructor `Foo`\n" },
        { "let a = match 1 with \"a\" -> 1 | _ -> 2", "1:22 this pattern is for `string`, but the value is `int` | 1:15 the value that is matched\n" },
        { "let f t = match t with (a, b) -> 1 | (a, b, c) -> 2 | _ -> 3\nlet a = f 1",
          "1:38 this pattern is for `'c * 'd * 'e`, but the value is `'a * 'b` | 1:24 `'a * 'b` is needed because of this\n" },
        { "let (a, b) = 1", "1:5 this pattern is for `'a * 'b`, but the value is `int` | 1:14 the value that is matched\n" },
    };
    CHECK_WARNINGS(rows);
}

/* The body of the first definition, a lambda. */
static const rf_fus_expr *body_of(const rf_fus_inferred *self) {
    const rf_fus_expr *value = self->ast.items->binds[0].value;
    return value->kind == RF_FUS_E_LAMBDA ? value->items[0] : value;
}

RF_TEST(what_operands_are_is_proven_where_it_is_known) {
    static const struct { const char *text; rf_fus_proof proof; } rows[] = {
        { "let f x = x + 1", RF_FUS_PROVEN_INT },
        { "let f x = 1.5 * x", RF_FUS_PROVEN_FLOAT },
        { "let f x = x ++ \"!\"", RF_FUS_PROVEN_STRING },
        { "let f a b = a && b", RF_FUS_PROVEN_BOOL },
        { "let f x = x = \"a\"", RF_FUS_PROVEN_STRING },
        { "let f (a: float) b = a < b", RF_FUS_PROVEN_FLOAT },
        { "let f x y = x + y", RF_FUS_UNPROVEN },
        { "let f x y = x = y", RF_FUS_UNPROVEN },
        { "let a = Json.parse \"1\" + 1", RF_FUS_UNPROVEN },
        { "let a = 1 + \"x\"", RF_FUS_UNPROVEN },
        { "let rec f n = n + (if n < 1 then 0 else f (n - 1))", RF_FUS_PROVEN_INT },
        { "let rec f n acc = acc + (if n < 1 then 0.5 else f (n - 1) acc)", RF_FUS_PROVEN_FLOAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
        rf_check(rf_fus_inferred_run(&self, rf_slice_of(rows[i].text)));
        const rf_fus_expr *body = body_of(&self);
        rf_check(body->kind == RF_FUS_E_BINARY);
        rf_check(body->proof == rows[i].proof);
    }
}

/* Known only once the whole function has been seen. */
RF_TEST(proofs_come_late_too) {
    RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
    rf_check(rf_fus_inferred_run(&self, RF_SLICE("let f x y = (x + y, x = 1)")));
    const rf_fus_expr *sum = body_of(&self)->items[0];
    rf_check(sum->kind == RF_FUS_E_BINARY && sum->proof == RF_FUS_PROVEN_INT);
}

RF_TEST(what_is_dropped_in_vain_is_told) {
    static const row rows[] = {
        { "let f a =\n    a.[0] <- 1\n    a", "2:5 `.[i] <- e` gives a changed copy, which is dropped here\n" },
        { "let f x =\n    List.iter printfn\n    x", "2:5 this is a function, `'a list -> unit`, which is dropped here: is an argument missing?\n" },
        { "for x in [1] do List.map (fun y -> y + x)", "1:17 this is a function, `int list -> int list`, which is dropped here: is an argument missing?\n" },
        { "let f x =\n    printfn x\n    x", "" },
    };
    CHECK_WARNINGS(rows);
}

RF_TEST(members_of_f_sharp_get_a_hint) {
    RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
    rf_check(rf_fus_inferred_run(&self, RF_SLICE("let n = \"abc\".Length")));
    rf_check_text(rf_fus_inferred_warnings(&self), RF_SLICE("1:15 `string` is no record: it has no field `Length`\n"));
    rf_check_text(rf_slice_of(self.diags.list.items[0].hint), RF_SLICE("strings have no members: call a function of the module String"));
}

RF_TEST(what_nothing_decides_is_told) {
    static const row rows[] = {
        { "let get r = r.zork", "1:13 nothing decides what record this is: no record type has a field `zork`\n" },
        { "let get r = r.zork\nlet a = get { zork = 1 }", "" },
        { "type T = { zork: int }\nlet get r = r.zork", "" },
        { "let set r = { r with zork = 1 }", "1:15 nothing decides what record this is: no record type has a field `zork`\n" },
        { "let f (r: obj) = r.zork", "" },
        { "let add x y = x + y", "" },
    };
    CHECK_WARNINGS(rows);
}

RF_TEST(one_mistake_is_told_once) {
    static const row rows[] = {
        { "let xs = [1; \"a\"]\nlet a = List.map (fun x -> x + 1) xs\nlet b = List.map (fun x -> x ++ \"!\") xs", "1:14 `string` in a list of `int` | 1:11 the first element is `int`\n" },
        { "let a = 1 + \"x\"\nlet b = a + 2\nlet c = a ++ \"s\"", "1:13 `+` of `int` and `string` | 1:9 it is `int` here\n" },
        { "let f x = if x then 1 else \"a\"\nlet a = f true + 1\nlet b = f true ++ \"s\"",
          "1:28 this branch gives `string`, an earlier one `int` | 1:21 it is `int` here\n" },
    };
    CHECK_WARNINGS(rows);
}

/* What the parser reads in loops must not be walked by recursion. */
RF_TEST(long_chains_do_not_take_the_stack) {
    static const struct { const char *before, *each, *after; } rows[] = {
        { "let f a = a", " + a", "" },        { "let f a = ", "a :: ", "[]" },       { "let f a = a", " |> id", "" },
        { "let f a = ", "let b = a in ", "b" }, { "let f a = ", "if a = 1 then 2 else ", "3" }, { "let f a = a", ".b", "" },
        { "let f = [", "1; ", "2]" },         { "let f a = match a with 0", " | 1", " -> 1 | _ -> 2" }, { "let f = id", " >> id", "" },
        { "let c = async {\n", "    let! x = async { return 1 }\n", "    return 1\n}" }, { "let f a = a", " |> (fun x -> x + 1)", "" },
        { "let f a =\n", "    ignore a\n", "    a" }, { "let f a = a", ".[0]", "" }, { "let f a = a", ".b(1)", "" },
    };
    uint32_t count = rf_test_torture() ? 10 : 20000;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_buffer_text(&text, rows[i].before);
        for (uint32_t j = 0; j < count; j++)
            rf_buffer_text(&text, rows[i].each);
        rf_buffer_text(&text, rows[i].after);
        rf_check(!text.failed);
        RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
        rf_check(rf_fus_inferred_run(&self, rf_buffer_view(&text)));
    }
}
