        x
    age = 4
}
let am = Some(1, 2)
let an = Some x :: xs
let ao = a.[1].[2]
let ap = a.[1] <- 5
let aq = x.y.z
let ar = x.foo(1, 2).bar
let at = M.f(1, 2)
let au = M.N.f 1 2
let av = f(x).y
let aw = f (x).y
let ax = -x + -1 - 2
let ay = f -1
let az = (x : int)
let ba = not (a && b) || c
let bb = begin 1 + 2 end
let bc = (fun x -> x + 1) 2
let bd = (+)
let be = List.fold (+) 0 xs
let bf = 0x1F + 1_000 + 0b101
let bg = 1e5 + 1. + 2.5e-3
let bh = ()
let bi = (1,)
let bj = f ()

