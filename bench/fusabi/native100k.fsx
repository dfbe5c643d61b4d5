let s = "hello"
let rec go i acc = if i = 0 then acc else go (i - 1) (acc + String.length s)
go 100000 0
