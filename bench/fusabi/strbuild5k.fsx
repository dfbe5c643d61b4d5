let rec go i s = if i = 0 then s else go (i - 1) (s ++ "x")
String.length (go 5000 "")
