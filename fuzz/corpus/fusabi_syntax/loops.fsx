    printfn i
for i = 1 to 10 do printfn i
for i = 10 downto 1 do
    printfn i
    count <- count + i
for (a, b) in pairs do printfn (a + b)
while count < 10 do
    count <- count + 1
    if count = 5 then break
let t =
    try
        risky 1
    with
    | Failure msg -> printfn msg; 0
    | _ -> 1
let u = try a finally b
let v = function
    | 0 -> "z"
