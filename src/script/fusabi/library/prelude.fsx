// prelude.fsx: library functions that call functions, in Fusabi itself: a native that called back would need C stack.
// Each stands for the row of its name (List.map, …). They refer to one another and to natives only, and hold no values:
// nothing here is ever run as a program. `p x && true` insists on a bool. Prim is described in prim.c.

let primMergeRuns f (source, target) low middle high =
    let mutable i = low
    let mutable j = middle
    for at = low to high - 1 do
        if i < middle && (j >= high || f source.[i] source.[j] <= 0) then
            Array.set at source.[i] target
            i <- i + 1
        else
            Array.set at source.[j] target
            j <- j + 1

// A sorted copy of the array: merges runs of 1, 2, 4, … between two arrays. Stable.
let primSortWith f items =
    let n = Array.length items
    let mutable source = Array.copy items
    let mutable target = Array.copy items
    let mutable run = 1
    while run < n do
        let mutable low = 0
        while low < n do
            primMergeRuns f (source, target) low (min n (low + run)) (min n (low + run + run))
            low <- low + run + run
        let merged = target
        target <- source
        source <- merged
        run <- run + run
    source

module List =
    let map f xs = [ for x in Prim.list xs -> f x ]

    let mapi f xs =
        let mutable i = -1
        [ for x in Prim.list xs do
            i <- i + 1
            yield f i x ]

    let map2 f xs ys = [ for (x, y) in Prim.zip "List.map2" xs ys -> f x y ]

    let map3 f xs ys zs = [ for (x, y, z) in Prim.zip3 "List.map3" xs ys zs -> f x y z ]

    let mapi2 f xs ys =
        let mutable i = -1
        [ for (x, y) in Prim.zip "List.mapi2" xs ys do
            i <- i + 1
            yield f i x y ]

    let iter f xs =
        for x in Prim.list xs do
            ignore (f x)

    let iteri f xs =
        let mutable i = 0
        for x in Prim.list xs do
            ignore (f i x)
            i <- i + 1

    let iter2 f xs ys =
        for (x, y) in Prim.zip "List.iter2" xs ys do
            ignore (f x y)

    let filter p xs =
        [ for x in Prim.list xs do
            if p x && true then yield x ]

    let choose f xs =
        [ for x in Prim.list xs do
            match f x with
            | Some y -> yield y
            | other -> ignore (Prim.option other) ]

    let collect f xs =
        [ for x in Prim.list xs do
            yield! Prim.list (f x) ]

    let fold f acc xs =
        let mutable result = acc
        for x in Prim.list xs do
            result <- f result x
        result

    let fold2 f acc xs ys =
        let mutable result = acc
        for (x, y) in Prim.zip "List.fold2" xs ys do
            result <- f result x y
        result

    let foldBack f xs acc =
        let mutable result = acc
        for x in List.reverse xs do
            result <- f x result
        result

    let reduce f xs =
        if List.isEmpty xs then failwith "List.reduce: no elements"
        let mutable result = List.head xs
        for x in Prim.list (List.tail xs) do
            result <- f result x
        result

    let reduceBack f xs =
        if List.isEmpty xs then failwith "List.reduceBack: no elements"
        let back = List.reverse xs
        let mutable result = List.head back
        for x in List.tail back do
            result <- f x result
        result

    let scan f acc xs =
        let mutable result = acc
        [ yield acc
          for x in Prim.list xs do
              result <- f result x
              yield result ]

    let scanBack f xs acc =
        let mutable result = acc
        let mutable all = [ acc ]
        for x in List.reverse xs do
            result <- f x result
            all <- result :: all
        all

    let mapFold f acc xs =
        let mutable state = acc
        let items =
            [ for x in Prim.list xs do
                let (y, next) = f state x
                state <- next
                yield y ]
        (items, state)

    let unfold f start =
        let mutable state = start
        let mutable more = true
        [ while more do
            match f state with
            | Some _ as step ->
                let (x, next) = Prim.pair step
                state <- next
                yield x
            | other ->
                ignore (Prim.option other)
                more <- false ]

    let init n f = [ for i in 0 .. Prim.length "List.init" n - 1 -> f i ]

    let exists p xs =
        let mutable found = false
        for x in Prim.list xs do
            if p x && true then
                found <- true
                break
        found

    let exists2 p xs ys =
        let mutable found = false
        for (x, y) in Prim.zip "List.exists2" xs ys do
            if p x y && true then
                found <- true
                break
        found

    let forall p xs =
        let mutable all = true
        for x in Prim.list xs do
            if not (p x) then
                all <- false
                break
        all

    let forall2 p xs ys =
        let mutable all = true
        for (x, y) in Prim.zip "List.forall2" xs ys do
            if not (p x y) then
                all <- false
                break
        all

    let tryFind p xs =
        let mutable found = None
        for x in Prim.list xs do
            if p x && true then
                found <- Some x
                break
        found

    let find p xs =
        match tryFind p xs with
        | Some x -> x
        | _ -> failwith "List.find: no element satisfies predicate"

    let tryFindBack p xs = tryFind p (List.reverse xs)

    let findBack p xs =
        match tryFindBack p xs with
        | Some x -> x
        | _ -> failwith "List.findBack: no element satisfies predicate"

    let tryFindIndex p xs =
        let mutable found = None
        let mutable i = 0
        for x in Prim.list xs do
            if p x && true then
                found <- Some i
                break
            i <- i + 1
        found

    let findIndex p xs =
        match tryFindIndex p xs with
        | Some i -> i
        | _ -> failwith "List.findIndex: no element satisfies predicate"

    let tryPick f xs =
        let mutable found = None
        for x in Prim.list xs do
            match f x with
            | Some y ->
                found <- Some y
                break
            | other -> ignore (Prim.option other)
        found

    let pick f xs =
        match tryPick f xs with
        | Some y -> y
        | _ -> failwith "List.pick: no element was picked"

    let partition p xs =
        let mutable others = []
        let chosen =
            [ for x in Prim.list xs do
                if p x && true then yield x else others <- x :: others ]
        (chosen, List.reverse others)

    let takeWhile p xs =
        [ for x in Prim.list xs do
            if p x && true then yield x else break ]

    let skipWhile p xs =
        let mutable rest = Prim.list xs
        for x in xs do
            if not (p x) then break
            rest <- List.tail rest
        rest

    let sumBy f xs = List.sum (map f xs)
    let averageBy f xs = List.average (map f xs)

    let maxBy f xs =
        if List.isEmpty xs then failwith "List.maxBy: no elements"
        let mutable best = List.head xs
        let mutable key = f best
        for x in Prim.list (List.tail xs) do
            let k = f x
            if compare k key > 0 then
                best <- x
                key <- k
        best

    let minBy f xs =
        if List.isEmpty xs then failwith "List.minBy: no elements"
        let mutable best = List.head xs
        let mutable key = f best
        for x in Prim.list (List.tail xs) do
            let k = f x
            if compare k key < 0 then
                best <- x
                key <- k
        best

    let sortBy f xs = Prim.sortKeys (map f xs) xs
    let sortByDescending f xs = Prim.sortKeysDown (map f xs) xs
    let sortWith f xs = Array.toList (primSortWith f (List.toArray xs))
    let groupBy f xs = Prim.groupKeys (map f xs) xs
    let countBy f xs = Prim.countKeys (map f xs)
    let distinctBy f xs = Prim.distinctKeys (map f xs) xs

module Array =
    let map f xs = [| for x in Prim.array xs -> f x |]

    let mapi f xs =
        let mutable i = -1
        [| for x in Prim.array xs do
            i <- i + 1
            yield f i x |]

    let map2 f xs ys = [| for (x, y) in Array.zip xs ys -> f x y |]

    let iter f xs =
        for x in Prim.array xs do
            ignore (f x)

    let iteri f xs =
        let mutable i = 0
        for x in Prim.array xs do
            ignore (f i x)
            i <- i + 1

    let iter2 f xs ys =
        for (x, y) in Array.zip xs ys do
            ignore (f x y)

    let init n f = [| for i in 0 .. Prim.length "Array.init" n - 1 -> f i |]

    let filter p xs =
        [| for x in Prim.array xs do
            if p x && true then yield x |]

    let choose f xs =
        [| for x in Prim.array xs do
            match f x with
            | Some y -> yield y
            | other -> ignore (Prim.option other) |]

    let collect f xs =
        [| for x in Prim.array xs do
            yield! Prim.array (f x) |]

    let fold f acc xs =
        let mutable result = acc
        for x in Prim.array xs do
            result <- f result x
        result

    let foldBack f xs acc =
        let mutable result = acc
        for x in Array.rev xs do
            result <- f x result
        result

    let reduce f xs =
        if Array.isEmpty xs then failwith "Array.reduce: no elements"
        let mutable result = xs.[0]
        for i = 1 to Array.length xs - 1 do
            result <- f result xs.[i]
        result

    let scan f acc xs =
        let mutable result = acc
        [| yield acc
           for x in Prim.array xs do
               result <- f result x
               yield result |]

    let exists p xs =
        let mutable found = false
        for x in Prim.array xs do
            if p x && true then
                found <- true
                break
        found

    let forall p xs =
        let mutable all = true
        for x in Prim.array xs do
            if not (p x) then
                all <- false
                break
        all

    let tryFind p xs =
        let mutable found = None
        for x in Prim.array xs do
            if p x && true then
                found <- Some x
                break
        found

    let find p xs =
        match tryFind p xs with
        | Some x -> x
        | _ -> failwith "Array.find: no element satisfies predicate"

    let tryFindIndex p xs =
        let mutable found = None
        let mutable i = 0
        for x in Prim.array xs do
            if p x && true then
                found <- Some i
                break
            i <- i + 1
        found

    let findIndex p xs =
        match tryFindIndex p xs with
        | Some i -> i
        | _ -> failwith "Array.findIndex: no element satisfies predicate"

    let tryPick f xs = List.tryPick f (Array.toList xs)

    let pick f xs =
        match List.tryPick f (Array.toList xs) with
        | Some y -> y
        | _ -> failwith "Array.pick: no element was picked"

    let partition p xs =
        let (chosen, others) = List.partition p (Array.toList xs)
        (List.toArray chosen, List.toArray others)

    let sumBy f xs = Array.sum (map f xs)
    let averageBy f xs = Array.average (map f xs)

    let maxBy f xs =
        if Array.isEmpty xs then failwith "Array.maxBy: no elements"
        List.maxBy f (Array.toList xs)

    let minBy f xs =
        if Array.isEmpty xs then failwith "Array.minBy: no elements"
        List.minBy f (Array.toList xs)

    let sortBy f xs = List.toArray (List.sortBy f (Array.toList xs))
    let sortByDescending f xs = List.toArray (List.sortByDescending f (Array.toList xs))
    let sortWith f xs = primSortWith f (Prim.array xs)

    let groupBy f xs = [| for (key, group) in List.groupBy f (Array.toList xs) -> (key, List.toArray group) |]
    let countBy f xs = List.toArray (List.countBy f (Array.toList xs))
    let distinctBy f xs = List.toArray (List.distinctBy f (Array.toList xs))

module Map =
    let map f m = Prim.mapWith m [ for (_, v) in Prim.map m -> f v ]
    let mapi f m = Prim.mapWith m [ for (k, v) in Prim.map m -> f k v ]

    let iter f m =
        for (k, v) in Prim.map m do
            ignore (f k v)

    let filter p m =
        Map.ofList
            [ for (k, v) in Prim.map m do
                if p k v && true then yield (k, v) ]

    let partition p m =
        let mutable others = []
        let chosen =
            [ for (k, v) in Prim.map m do
                if p k v && true then yield (k, v) else others <- (k, v) :: others ]
        (Map.ofList chosen, Map.ofList others)

    let fold f acc m =
        let mutable result = acc
        for (k, v) in Prim.map m do
            result <- f result k v
        result

    let foldBack f m acc =
        let mutable result = acc
        for (k, v) in List.reverse (Map.toList m) do
            result <- f k v result
        result

    let exists p m =
        let mutable found = false
        for (k, v) in Prim.map m do
            if p k v && true then
                found <- true
                break
        found

    let forall p m =
        let mutable all = true
        for (k, v) in Prim.map m do
            if not (p k v) then
                all <- false
                break
        all

    let tryFindKey p m =
        let mutable found = None
        for (k, v) in Prim.map m do
            if p k v && true then
                found <- Some k
                break
        found

    let findKey p m =
        match tryFindKey p m with
        | Some k -> k
        | _ -> failwith "Map.findKey: no element satisfies predicate"

    let tryPick f m =
        let mutable found = None
        for (k, v) in Prim.map m do
            match f k v with
            | Some y ->
                found <- Some y
                break
            | other -> ignore (Prim.option other)
        found

    let pick f m =
        match tryPick f m with
        | Some y -> y
        | _ -> failwith "Map.pick: no element was picked"

    let change k f m =
        match f (Map.tryFind k m) with
        | Some v -> Map.add k v m
        | other ->
            ignore (Prim.option other)
            Map.remove k m

    let update k f m = Map.add k (f (Map.find k m)) m

module Option =
    let map f o =
        match o with
        | Some x -> Some (f x)
        | _ -> Prim.none o

    let map2 f a b =
        match a, b with
        | Some x, Some y -> Some (f x y)
        | _ ->
            ignore (Prim.option a)
            Prim.none b

    let bind f o =
        match o with
        | Some x -> f x
        | _ -> Prim.none o

    let iter f o =
        match o with
        | Some x -> ignore (f x)
        | _ -> ignore (Prim.option o)

    let defaultWith f o =
        match o with
        | Some x -> x
        | _ ->
            ignore (Prim.option o)
            f ()

    let orElseWith f o =
        match o with
        | Some _ -> o
        | _ ->
            ignore (Prim.option o)
            f ()

    let filter p o =
        match o with
        | Some x -> if p x && true then o else None
        | _ -> Prim.none o

    let exists p o =
        match o with
        | Some x -> p x && true
        | _ ->
            ignore (Prim.option o)
            false

    let forall p o =
        match o with
        | Some x -> p x && true
        | _ ->
            ignore (Prim.option o)
            true

    let fold f acc o =
        match o with
        | Some x -> f acc x
        | _ ->
            ignore (Prim.option o)
            acc

module Result =
    let map f r =
        match r with
        | Ok x -> Ok (f x)
        | _ -> Prim.result r

    let mapError f r =
        match r with
        | Error e -> Error (f e)
        | _ -> Prim.result r

    let bind f r =
        match r with
        | Ok x -> f x
        | _ -> Prim.result r

    let iter f r =
        match r with
        | Ok x -> ignore (f x)
        | _ -> ignore (Prim.result r)

    let defaultWith f r =
        match r with
        | Ok x -> x
        | Error e -> f e
        | _ -> Prim.result r

    let exists p r =
        match r with
        | Ok x -> p x && true
        | _ ->
            ignore (Prim.result r)
            false

    let forall p r =
        match r with
        | Ok x -> p x && true
        | _ ->
            ignore (Prim.result r)
            true

    let fold f acc r =
        match r with
        | Ok x -> f acc x
        | _ ->
            ignore (Prim.result r)
            acc

module String =
    let map f s = String.concat [ for c in Prim.chars s -> f c ]
    let collect f s = String.concat [ for c in Prim.chars s -> f c ]
    let init n f = String.concat [ for i in 0 .. Prim.length "String.init" n - 1 -> f i ]

    let mapi f s =
        let mutable i = -1
        String.concat
            [ for c in Prim.chars s do
                i <- i + 1
                yield f i c ]

    let iter f s =
        for c in Prim.chars s do
            ignore (f c)

    let iteri f s =
        let mutable i = 0
        for c in Prim.chars s do
            ignore (f i c)
            i <- i + 1

    let filter p s =
        String.concat
            [ for c in Prim.chars s do
                if p c && true then yield c ]

    let exists p s =
        let mutable found = false
        for c in Prim.chars s do
            if p c && true then
                found <- true
                break
        found

    let forall p s =
        let mutable all = true
        for c in Prim.chars s do
            if not (p c) then
                all <- false
                break
        all

// Modules that keep state, and async values: PrimWorld is described in world.h.

module Async =
    // Runs a computation; `todo` holds what its result goes to, the next first.
    let rec run c todo =
        match c with
        | Pure v ->
            match todo with
            | [] -> v
            | f :: rest -> run (f v) rest
        | Bind (first, f) -> run first (f :: todo)
        | Delay f -> run (f ()) todo
        | Combine (first, second) -> run first ((fun _ -> second) :: todo)
        | Catch tried -> run (Pure (attempt tried)) todo
        | other -> PrimWorld.asyncUnknown other

    and attempt c =
        try Ok (run c [])
        with e -> Error (PrimWorld.asyncMessage e)

    let RunSynchronously c = run c []

    let map f c = Bind (c, fun v -> Pure (f v))

    let ignore c = Bind (c, fun _ -> Async.Zero ())

    let rec gather cs results =
        match cs with
        | [] -> Pure (List.reverse results)
        | c :: rest -> Bind (c, fun v -> gather rest (v :: results))

    let parallel cs = Delay (fun () -> gather (Prim.list cs) [])

    let sleep ms = Delay (fun () -> Pure (PrimWorld.asyncSleep ms))

module Commands =
    let invoke id = PrimWorld.commandHandler id ()

module Events =
    let emit name value =
        for f in PrimWorld.eventsTake name do
            ignore (f value)

    let emitAsync name value = emit name value

module Script =
    let evalToString text =
        try string (Script.eval text)
        with e -> PrimWorld.errorLine e

module UIFormatting =
    let format kind info =
        [ for f in PrimWorld.formatters kind do
            yield! Prim.list (f info) ]

    let formatTab info = format 1 info

    let formatStatusLeft info = format 2 info

    let formatStatusRight info = format 3 info
