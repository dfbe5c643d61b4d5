let f x =
    let y = x + 1
    let z = y * 2
    printfn z
    z
let g x =
    if x > 1 then
        printfn "a"
        printfn "b"
    else
        printfn "c"
    x
let h x =
    match x with
    | 0 -> "zero"
    | n when n < 0 ->
        let m = -n
        string m
    | 1 | 2 as k -> "small"
    | -3 -> "neg"
    | _ ->
        match x with
        | 5 -> "five"
        | _ -> "big"
let r =
    xs
    |> List.map (fun x ->
        let y = x + 1
        y * 2)
    |> List.filter (fun x -> x > 1)
let a, b = 1, 2
let (c, d) = (3, 4)
