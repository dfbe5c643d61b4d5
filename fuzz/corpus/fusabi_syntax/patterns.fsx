            | x :: y :: rest -> y
            | [|a; b|] -> a
let pt = match p with { x = 0; y = yy } -> yy | { x = 1 } -> 2
let opt = match o with Some x -> x | None -> 0
let opt2 = match o with Some(x, y) -> x | Node (Leaf, v, _) -> v | M.Foo z -> z
let typed (x: int) (y: string list) : Map<string, int> = z
let typedt (x: int, y: string) = x
let assign () =
    let mutable i = 0
    while i < 3 do
        i <- i + 1
    i
let tr () = try f x with e -> g e
let tr2 =
    try
        f x
    finally
        g ()

