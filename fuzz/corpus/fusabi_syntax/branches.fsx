    | B -> 2
    |> string
let nest a =
    match a with
    | A ->
        match b with
        | X -> 1
        | Y -> 2
    | B -> 3
let nest2 a = match a with
              | A -> match b with
                     | X -> 1
                     | Y -> 2
              | B -> 3
let longargs =
    foo
        a
        (b c)
        [ 1 ]
    |> bar
let op =
    a
    + b
    - c
let o2 = xs
         |> f
         |> g
let o3 = xs
|> f
let letin = let a = 1 in let b = 2 in a + b
let blk x =
    let a = 1 in
    let b = 2 in
    a + b
let dang a b =
    if a then
        if b then foo ()
    else bar ()
let lam = fun x ->
    x
    |> f
