/* format_test.c: scripts laid out anew. */
#include "harness.h"

#include "base/slice.h"
#include "script/fusabi/parse.h"

typedef struct pair { const char *text, *expected; } pair;

static rf_code format(rf_slice text, rf_buffer *out, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    RF_CLEANUP(rf_fus_diags_done) rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    rf_fus_texts texts = { 0 };
    rf_source source = { "x.fsx", text };
    rf_code code = rf_fus_format(&source, &diags, &texts, out, reterr);
    rf_vec_done(&texts);
    return code;
}

/* Formatted it is as expected, and stays so. */
static void check_format(const pair *row) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer again = { 0 };
    rf_check(format(rf_slice_of(row->text), &out, NULL) == RF_OK);
    rf_check_text(rf_buffer_view(&out), rf_slice_of(row->expected));
    rf_check(format(rf_buffer_view(&out), &again, NULL) == RF_OK);
    rf_check_text(rf_buffer_view(&again), rf_slice_of(row->expected));
}
static void check_formats(const pair *rows) {
    for (const pair *row = rows; row->text; row++)
        check_format(row);
}

RF_TEST(blanks_within_a_line) {
    static const pair pairs[] = {
        { "let   f  x=x+1", "let f x = x + 1\n" },
        { "let g(x)=f(x)", "let g(x) = f(x)\n" },
        { "[ 1;2 ;3 ]|>List.map( fun x->x+1 )", "[1; 2; 3] |> List.map(fun x -> x + 1)\n" },
        { "{a=1;b= -2}", "{ a = 1; b = -2 }\n" },
        { "f(1)+g (2)-(-3)", "f(1) + g (2) - (-3)\n" },
        { "let aa (x:int) (y:string):int=x", "let aa (x: int) (y: string): int = x\n" },
        { "match x with|[]->0|x::_ when x>0->x|_-> -1", "match x with | [] -> 0 | x :: _ when x > 0 -> x | _ -> -1\n" },
        { "type T<'a>=A of List<'a>*int|B", "type T<'a> = A of List<'a> * int | B\n" },
        { "f x.y . z.[ 0 ]", "f x.y.z.[0]\n" },
        { "( * ) + (+)", "( * ) + (+)\n" },
        { "$\"a{ x+1 :N2}{ {a=1}.a }\"", "$\"a{x + 1:N2}{ { a = 1 }.a}\"\n" },
        { "a.[1]<-5", "a.[1] <- 5\n" },
        { "x|>f<|y>>z", "x |> f <| y >> z\n" },
        { "[1..10]", "[1..10]\n" },
        { "[1 .. 2 .. 9]", "[1 .. 2 .. 9]\n" },
        { "fun()->()", "fun () -> ()\n" },
        { "if(a)then(b)else(c)", "if (a) then (b) else (c)\n" },
        { "Foo (1,2)", "Foo (1, 2)\n" },
        { "Foo(1,2)", "Foo(1, 2)\n" },
        { "(a,)", "(a,)\n" },
        { "async{return 1}", "async { return 1 }\n" },
        { "f(x) .y", "f(x) .y\n" },
        { "let x : Foo<Bar<int>>= y", "let x: Foo<Bar<int>> = y\n" },
        { "- - x", "--x\n" },
        { "type P=Json<\"a\">", "type P = Json<\"a\">\n" },
        { "let ``a b``=1", "let ``a b`` = 1\n" },
        { "x:int", "x: int\n" },
        { "{|a=1|}", "{| a = 1 |}\n" },
        { "not(a)", "not(a)\n" },
        { "[< Literal;Foo(1) >]let x=1", "[<Literal; Foo(1)>] let x = 1\n" },
        { "let id<'a,'b>(x:'a []):int  [ ]=x", "let id<'a, 'b> (x: 'a[]): int[] = x\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(blocks_are_four_blanks_deep) {
    static const pair pairs[] = {
        { "let f x =\n  let y = x\n  y", "let f x =\n    let y = x\n    y\n" },
        { "let f x =\n\tif x then\n\t\ta\n\telse\n\t\tb", "let f x =\n    if x then\n        a\n    else\n        b\n" },
        { "module M =\n  let x = 1\n  module N =\n    let y = 2",
          "module M =\n    let x = 1\n    module N =\n        let y = 2\n" },
        { "let f = function\n  |1->2\n  |_->3", "let f = function\n    | 1 -> 2\n    | _ -> 3\n" },
        { "let f x =\n match x with\n |1->\n  2\n |_->3", "let f x =\n    match x with\n    | 1 ->\n        2\n    | _ -> 3\n" },
        { "for i in xs do\n  f i\n  g i", "for i in xs do\n    f i\n    g i\n" },
        { "try\n f x\nwith\n| e->\n g e", "try\n    f x\nwith\n| e ->\n    g e\n" },
        { "while a do\n  b", "while a do\n    b\n" },
        { "type T =\n  | A\n  | B of int", "type T =\n    | A\n    | B of int\n" },
        { "type R = {\n a:int\n b:string\n}", "type R = {\n    a: int\n    b: string\n}\n" },
        { "async {\n  let! x=y\n  return x }", "async {\n    let! x = y\n    return x }\n" },
        { "let rec f x =\n  g x\nand g x =\n  f x", "let rec f x =\n    g x\nand g x =\n    f x\n" },
        { "xs |> List.iter (fun x ->\n  f x\n  g x)", "xs |> List.iter (fun x ->\n    f x\n    g x)\n" },
        { "let a =\n  foo\n    b\n    c", "let a =\n    foo\n        b\n        c\n" },
        { "f (\n  1,\n  2\n)", "f (\n    1,\n    2\n)\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(what_hangs_on_a_column_hangs_on_it_still) {
    static const pair pairs[] = {
        { "let   r = { name = \"x\"\n            age = 3 }", "let r = { name = \"x\"\n          age = 3 }\n" },
        { "let   xs = [ f x\n             g y ]", "let xs = [f x\n          g y]\n" },
        { "let   x   =   xs\n              |> f\n              |> g", "let x = xs\n        |> f\n        |> g\n" },
        { "let  x  = if a then b\n          else c", "let x = if a then b\n        else c\n" },
        { "let  f a  =  match a with\n             | A -> match b with\n                    | X -> 1\n                    | Y -> 2\n             | B -> 3",
          "let f a = match a with\n          | A -> match b with\n                 | X -> 1\n                 | Y -> 2\n          | B -> 3\n" },
        { "let  t = (let a = 1\n          let b = 2\n          a + b)",
          "let t = (let a = 1\n         let b = 2\n         a + b)\n" },
        { "if   a\n     && b then c", "if a\n   && b then c\n" },
        { "match x with\n|A -> f  1\n      f 2\n|B->3", "match x with\n| A -> f 1\n       f 2\n| B -> 3\n" },
        { "{ x with\n      a = 1\n      b = 2 }", "{ x with\n    a = 1\n    b = 2 }\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(lines_stay_where_their_author_broke_them) {
    static const pair pairs[] = {
        { "let x =\n    if a then b else\n    if c then d else\n    e",
          "let x =\n    if a then b else\n        if c then d else\n            e\n" },
        { "f a b\n  c\n      d", "f a b\n    c\n    d\n" },
        { "let x = a +\n          b", "let x = a +\n            b\n" },
        { "let f a\n      b =\n  a", "let f a\n      b =\n    a\n" },
        { "x\n  .f()\n  .g()", "x\n    .f()\n    .g()\n" },
        { "if a\nthen b\nelse c", "if a\nthen b\nelse c\n" },
        { "let x = 1 in\nlet y = 2 in\nx + y", "let x = 1 in\nlet y = 2 in\nx + y\n" },
        { "a; b\nc", "a; b\nc\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(comments_stay) {
    static const pair pairs[] = {
        { "// a\nlet x=1   // b   \n// c", "// a\nlet x = 1 // b\n// c\n" },
        { "let f x =\n  // in\n  x\n  // after\n// between\nlet g = 1",
          "let f x =\n    // in\n    x\n    // after\n// between\nlet g = 1\n" },
        { "(* a *) let x = (* b *) 1", "(* a *)\nlet x = (* b *) 1\n" },
        { "f (* a\n b *) x", "f (* a\n b *)\n    x\n" },
        { "let x = [ // one\n  1\n  // two\n  2\n  ]", "let x = [ // one\n    1\n    // two\n    2\n]\n" },
        { "match x with\n// first\n|1->2\n// second\n|_->3", "match x with\n// first\n| 1 -> 2\n// second\n| _ -> 3\n" },
        { "/// Doc.\nlet x=1", "/// Doc.\nlet x = 1\n" },
        { "// only", "// only\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(one_blank_line_stays_of_many) {
    static const pair pairs[] = {
        { "\n\nlet x=1\n\n\n\nlet y=2\n\n", "let x = 1\n\nlet y = 2\n" },
        { "let f x =\n\n  let y = 1\n\n\n  y", "let f x =\n\n    let y = 1\n\n    y\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(strings_are_left_alone) {
    static const pair pairs[] = {
        { "let s=\"a  \n  b\"", "let s = \"a  \n  b\"\n" },
        { "let s = \"\"\"\n  x\n    y\"\"\"\nf s", "let s = \"\"\"\n  x\n    y\"\"\"\nf s\n" },
        { "$\"{{ {x}  }}\"", "$\"{{ {x}  }}\"\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(the_first_line_may_be_for_the_shell) {
    static const pair pairs[] = {
        { "#!/usr/bin/env riffle  \nlet x=1", "#!/usr/bin/env riffle\nlet x = 1\n" },
        { "\xEF""\xBB""\xBF""let x=1", "let x = 1\n" },
        { NULL, NULL },
    };
    check_formats(pairs);
}

RF_TEST(a_script_with_mistakes_is_not_formatted) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_error error = { 0 };
    rf_check(format(RF_SLICE("let x = 1\nlet y = )"), &out, &error) == RF_EPARSE);
    rf_check(out.len == 0 && error.place.line == 2 && error.place.column == 9);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("expected an expression, found `)`"));
}

RF_TEST(an_empty_script_stays_empty) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(format(RF_SLICE(""), &out, NULL) == RF_OK && out.len == 0);
    rf_check(format(RF_SLICE(" \n\n"), &out, NULL) == RF_OK && out.len == 0);
}
