let mutable hits = 0
let bump () = hits <- hits + 1
let on_load = fun _u -> ()
let on_output = fun text ->
    bump ()
    true
let on_input = fun keys -> true
