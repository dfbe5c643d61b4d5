             for y in ys do
               if x < y then
                 yield (x, y) ]
let w4 = [1..10]
let w5 = [1..2..9]
let w6 = [| for i in 0 .. 9 -> i * i |]
let w7 = [ yield 1; yield! xs; yield 3 ]
let w8 = [
    1
    2
    f 3
    -4
]
let rec even n = if n = 0 then true else odd (n - 1)
and odd n = if n = 0 then false else even (n - 1)
let s = $"a{x}b{y:N2}c{{z}}{f "q"}"
let s2 = $"""x "q" {x + 1} \n"""
let s3 = @"c:\x""y"
let s4 = """a "b" c\n"""
let ch = 'c'
let ch2 = '\n'
let id2 (x: 'a) : 'a = x
let k = fun () -> 1
let k2 = fun _ (a, b) x -> a
let comp = f >> g << h
let pb = f <| g 1
let pw = 2 ** 3 ** 4
let cat = a ^ b ++ c
