// audit: each command that has ended is a line of JSON in a file; each line holds the fingerprint of the one before.
//
// @version: 1.0.0
// @description: Writes each command that has ended into a file, in a chain that shows what was changed or taken out.
// @license: MIT
// @hooks: ["on_load", "on_post_command", "on_remote_command"]
// @capabilities: ["ui", "store", "read-files", "write-files", "environment"]
// @memory: 256MiB
// @time: 2s
// @config: file: text = "" -- where it is written; nothing: audit.jsonl in riffle's folder of $XDG_STATE_HOME

// ---- Lines ----
//
// {"clients":1,"command":"make",…,"previous":"…"} is the line's body. Its hash is the SHA-256 of the previous hash and the body; the line is
// the body with ,"hash":"…" before its last brace. Each session has a chain of its own in the file: sessions write side by side.

let beginning = String.repeat 64 "0" // what the first line says of the one before it

let sealed previous body =
    let hash = Crypto.sha256 (previous ++ body)
    (String.slice 0 (-2) body ++ $",\"hash\":\"{hash}\"}}", hash)

// Body and hash of a line, or None.
let opened line =
    match Regex.groups "^(\\{.*),\"hash\":\"([0-9a-f]{64})\"\\}$" line with
    | Some [_; body; hash] -> Some(body ++ "}", hash)
    | _ -> None

let path () =
    let file = Plugin.config "file"
    if file <> "" then file
    else
        match Session.env "XDG_STATE_HOME" with
        | Some folder when String.startsWith "/" folder -> folder ++ "/riffle/audit.jsonl"
        | _ -> Option.defaultValue "" (Session.env "HOME") ++ "/.local/state/riffle/audit.jsonl"

let linesOf file = if File.exists file then List.filter (fun line -> line <> "") (File.readLines file) else []

let textOf name body = Option.defaultValue "" (Option.map (fun groups -> List.item 1 groups) (Regex.groups name body))
let previousOf body = textOf "\"previous\":\"([0-9a-f]{64})\"" body

// As it stands in the body: in quotes, escaped. Names are sorted, so that only the time comes behind it.
let sessionOf body = textOf "\"session\":(\"(?:[^\"\\\\]|\\\\.)*\"),\"time\":\"[^\"]*\"\\}$" body

// ---- Where the chain goes on ----

let key session = "last:" ++ Crypto.sha256 (session ++ "\n" ++ path ())

// Of the session's last line in the file: its hash, and that of the one before it.
let lastOf file session =
    let quoted = Json.stringify session
    let last found line =
        match opened line with
        | Some (body, hash) when sessionOf body = quoted -> Some(hash, previousOf body)
        | _ -> found
    List.fold last None (linesOf file)

let mutable session = ""
let mutable previous = ""

let complain text =
    Log.error text
    try
        Ui.notify "Audit" text "error"
    with e -> ()

// It goes on from what was written last, also when that is not in the file any more: the gap is to be seen. A line that is one ahead was
// written just before the host ended.
let find name =
    let stored = Store.get (key name)
    let written =
        try
            lastOf (path ()) name
        with e ->
            complain $"cannot read what was written before: {e}"
            None
    session <- name
    match (stored, written) with
    | (None, None) -> previous <- beginning
    | (None, Some (hash, _)) -> previous <- hash
    | (Some hash, Some (ahead, before)) when before = hash -> previous <- ahead
    | (Some hash, _) -> previous <- hash

// ---- Writing ----

let nameOf () =
    try
        Session.name ()
    with e -> ""

let watching () =
    try
        Session.clients ()
    with e -> 0

let now () =
    let ms = Time.now ()
    Time.format "%Y-%m-%dT%H:%M:%S" ms ++ "." ++ String.replace " " "0" (String.padLeft 3 (string (ms % 1000))) ++ "Z"

let on_post_command text directory exit_code milliseconds =
    let name = nameOf ()
    if previous = "" || name <> session then find name
    let entry = {
        time = now ()
        session = name
        directory = directory
        command = text
        exit_code = exit_code
        duration_ms = milliseconds
        clients = watching ()
        previous = previous
    }
    let (line, hash) = sealed previous (Json.stringify entry)
    try
        File.appendLine (path ()) line
        previous <- hash
        Store.set (key name) hash
    with e -> complain $"a command is not written down: {e}"

let on_load () =
    Ui.command "audit.verify" "audit: verify" "Checks that no line of the file was changed or taken out"

// ---- Verifying ----

// What is wrong with a line, or "". `ends` holds the last hash of each session; the first line of a session may go on from an earlier file.
let faultOf (ends, fault) (number, line) =
    match opened line with
    | _ when fault <> "" -> (ends, fault)
    | None -> (ends, $"line {number} is no line of the chain")
    | Some (body, hash) ->
        let name = sessionOf body
        let before = previousOf body
        if snd (sealed before body) <> hash then (ends, $"line {number} was changed")
        elif Map.findOr before name ends <> before then (ends, $"before line {number}, lines were taken out or put in")
        else (Map.add name hash ends, "")

let checkEnd ends =
    match Store.get (key session) with
    | Some stored when Map.tryFind (Json.stringify session) ends <> Some stored -> "lines at the end were taken out or put in"
    | _ -> ""

let beginsLater line =
    match opened line with
    | Some (body, _) -> previousOf body <> beginning
    | None -> true

let verify () =
    let lines = linesOf (path ())
    let (ends, fault) = List.fold faultOf (Map.empty (), "") (List.map (fun (at, line) -> (at + 1, line)) (List.indexed lines))
    let fault = if fault = "" then checkEnd ends else fault
    let earlier = if List.exists beginsLater (List.truncate 1 lines) then "; the file goes on from an earlier one" else ""
    if fault = "" then Ui.notify "Audit" $"{List.length lines} lines, none changed or taken out{earlier}" "success"
    else complain $"{path ()}: {fault}"

let on_remote_command id =
    if id = "audit.verify" then
        if previous = "" then find (nameOf ())
        try
            verify ()
        with e -> complain $"cannot verify: {e}"
