#!/usr/bin/env riffle
type A = Foo | Bar of int | Baz of x: int * y: string
type R = { a: int; mutable b: string list
           c: Map<string, List<int>> }
type R2 =
    { name: string
      age: int option }
type G<'a, 'b> = Pair of 'a * 'b
type 'a Tree =
    | Leaf
    | Node of 'a Tree * 'a * 'a Tree
and Other = { x: int }
type Alias = int * string -> bool
type P = JsonProvider<"a.json">
type Fn = int -> int -> int
type Single = Only
type L = List<int>
exception MyErr of string
exception Empty
module M =
    let x = 1
    /// Adds one.
    /// And more.
    let inc n =
        n + 1
    module Inner =
        let z = 2
    type T = A | B
let after = M.x
module N =
let y = 2
let z = 3
open M.Inner
M.inc 3
let lst = [
    for x in 1..3 do
        let y = x * 2
        if y > 2 then
            yield y
]
let imp = [ for x in xs do if p x then x ]
let arr = [| 1, 2; 3, 4 |]
