let a = 1
  b = 2
let r = { x = 1
          y = = 2
          z = 3 }
let f x =
    foo x
      let y = 3
    bar
let g x =
  match x with
  | 1 => 2
  | 2 -> 3
let h = $"a{1 + }b{}c{x"
let i = r.x <- 3
let j = 5 <- 3
let k = async { let x = 1 }
let l = yield 3
let m = [ return 3 ]
else 3
) 4
let n = 99999999999999999999
let o = 5x
let p = 'ab'
let q = 1 < 2 = 3
let rec (a, b) = 1
let in = 5
let s = if a then (b else c)
let t = [1..]
let u = (1, , 2)
let v = { }
let w = {x with}
let x = while true printfn 1
let y = for x do ()
let z = try 1
let aa = begin 1
let bb = 3
module
open

