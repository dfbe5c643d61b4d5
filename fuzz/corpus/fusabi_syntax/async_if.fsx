    | _ ->
        let! c = h b
        return c + 1
}
let e = async { }
let e2 = async { return! x }
let rt = async {
    printfn "a"
    return 1 }
let ifx =
    if a then b
    elif c then d
    else e
let ify = if a then b else if c then d else e |> f
let chain =
    if a then
        b
    else
        c
    |> f
    |> g
let mtch =
    match x with
    | A -> 1
