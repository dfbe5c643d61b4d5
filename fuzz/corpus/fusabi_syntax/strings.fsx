let r2 =
    { name = "x"
      age = 3
      nested = { a = 1 } }
let r3 = {
    name = "x"
    f = fun x ->
        printfn x
