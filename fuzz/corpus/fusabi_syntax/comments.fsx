// top


// second
let   f  x=x+1   // trailing   
(* block *) let g(x)=f(x)
let h x =   
  // inside
  let y=x*2 // y
  (* multi
     line *)
  let z =
      // deep
      y+1

  // before result


  z
  // after result
// between
let r = [ 1;2 ;3 ] |>List.map( fun x->x+1 )
let s={a=1;b= -2}
let t = f(1)+g (2)-(-3)
let u=
 match r with
 // first
 |[]->0
 // second
 |x::_ when x>0->x
 |_-> -1
let v=if a then b
      // why
      else c
type T=A|B of int*string
type R={
 a:int // the a
 // the b
 b:string
}
let w = foo (* a *) bar (* b *)
let x = foo(* a
*) bar
let y =
  [ // one
    1
    // two
    2
  ]
let z = function
  |1->2
  |_->3
module M=
 let a=1
 // end of M
let aa (x:int)(y:string):int=x
let bb = xs
        |> List.map (fun x ->
            x+1) // inc
        // then
        |> List.filter (fun x->x>1)
let cc = async{
  let! x=y
  return x}
for i in 1 .. 10 do printfn i
let dd a
       b =
  a+b
let ee =
   foo
     (a,
       b)
     [ 1
       2 ]
let ff = if a
            && b
         then c else d
while a do
      b
      c
let gg = { x with
             a=1
             b=2 }
let hh = try a
         with e->b
let ii =
 if a then b else
 if c then d else
 e
// last
