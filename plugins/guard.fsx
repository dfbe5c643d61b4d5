// guard: asks before a paste of several lines, or with control characters, and before a dangerous command.
//
// @version: 1.0.0
// @description: Asks before pastes of several lines or with control characters, and before dangerous commands.
// @license: MIT
// @hooks: ["on_paste", "on_input", "on_tick", "on_remote_command", "on_unload"]
// @priority: 900
// @fail-closed: true
// @capabilities: ["ui", "send", "screen"]
// @config: paste_lines: int = 1 -- how many lines may be pasted without asking
// @config: ask_paste: bool = true -- whether pastes are looked at
// @config: ask_dangerous: bool = true -- whether command lines are looked at when Enter is pressed
// @config: dangerous: texts = [] -- regular expressions (PCRE2) of commands that are dangerous too

let pasteLines = Plugin.config "paste_lines"
let askPaste = Plugin.config "ask_paste"
let askDangerous = Plugin.config "ask_dangerous"

let mostKept = 1024 * 1024 // characters of a paste
let pieceSize = 16000 // characters that are sent at once
let controls = "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x{9F}]"
let lineEnd = "\\r\\n|\\r|\\n"

// ---- What is dangerous ----

let start = "(?:^\\h*|[$#%>❯]\\h+|[;&|(`]\\s*|\\bsudo\\s+(?:-\\S+\\s+)*)" // where a command begins, behind a prompt too
let builtIn = [
    // rm, recursively, of everything, of a home, or of one of the system's folders
    "\\brm\\h+(?=(?:\\S+\\h+)*(?:-[A-Za-z]*[rR]|--recursive))(?:\\S+\\h+)*[\"']?(?:/|~|\\$HOME|\\$\\{HOME\\}|/(?:bin|boot|dev|etc|home|lib|lib64|opt|root|sbin|srv|sys|usr|var)|\\.{1,2})?(?:/?\\*|/)?[\"']?(?<!\\s)(?:\\s|$|[;&|])"
    "\\bmkfs(?:\\.\\w+)?\\s"
    "\\bdd\\b.*\\bof=/dev/(?!null|zero|stdout|stderr|tty|fd/)"
    ":\\s*\\(\\s*\\)\\s*\\{.*\\|.*&.*\\}"
    ">\\s*/dev/(?:sd|nvme|hd|vd|xvd|mmcblk|disk)"
    "\\bch(?:mod|own)\\h+(?=.*(?:-[A-Za-z]*R|--recursive))(?:\\S+\\h+)+/(?:\\*)?(?:\\s|$|[;&|])"
    "\\bgit\\s+push\\b.*\\s(?:--force(?!-with-lease|-if-includes)|-[a-z]*f\\b|\\+\\w)"
    start ++ "(?:systemctl\\s+)?(?:shutdown|reboot|poweroff|halt|init\\s+[06])(?:\\s|$|[;&|])"
    "(?i)\\bdrop\\s+(?:table|database|schema)\\b"
    "(?i)\\btruncate\\s+table\\b"
]

let usable pattern =
    try
        ignore (Regex.isMatch pattern "")
        pattern <> ""
    with e ->
        Log.error $"the pattern {pattern} is left out: {e}"
        false

let dangerous =
    List.append builtIn (List.filter usable (List.ofArray (Plugin.config "dangerous")))
    |> List.map (fun pattern -> $"(?:{pattern})")
    |> String.join "|"
    |> (fun patterns -> $"(?m){patterns}")

// ---- What was typed since the last Enter ----

// A slow program has not echoed all of it yet, and what came together with its Enter stands nowhere on the screen.
let mutable typed = ""
let mutable isAgreed = false // the line is what the user has just agreed to

let mostTyped = 4096 // characters: of a longer line the end, for that is what the screen may not show yet
let gap = char 0xF0000 // in place of keys of which only the program knows what they do to the line
let key = "\\x1B+(?:\\[[0-?]*[ -/]*[@-~]|O[^\\x00-\\x1F]|[^\\x00-\\x1F])?|[\\x08\\x7F]+|[\\x00-\\x1F\\x80-\\x{9F}]|[^\\x00-\\x1F\\x7F-\\x{9F}]+"
let report = "^\\x1B\\[(?:[IO]|<[0-9;]*[Mm])$" // of the focus or the mouse

let endOf most text = if String.length text <= most then text else String.slice (-most) (-1) text

let shorter count text =
    let piece = List.last (String.split gap text)
    let left = String.length text - min count (String.length piece)
    if left = 0 then "" else String.slice 0 (left - 1) text

let withKey text key =
    match String.code key with
    | 3 | 21 -> "" // ctrl-c, ctrl-u
    | 8 | 127 -> shorter (String.length key) text
    | 9 -> text // what is completed goes on behind it
    | 23 -> Regex.replace $"[^\\s{gap}]*\\s*$" "" text // ctrl-w
    | code when code >= 32 && (code < 128 || code > 159) -> endOf mostTyped (text ++ key)
    | _ -> if text = "" || String.endsWith gap text || Regex.isMatch report key then text else text ++ gap

let withKeys text keys = List.fold withKey text (Regex.findAll key keys)

let isDangerousLine line =
    Regex.isMatch dangerous (String.replace gap "" line) || (String.contains gap line && Regex.isMatch dangerous (String.replace gap " " line))

// ---- What is held back, until the user has answered ----

let mutable paste = ""
let mutable isPasteDangerous = false
let mutable input = ""
let mutable queue = "" // of a paste, what is still to be sent

let shortened most text = if String.length text <= most then text else String.slice 0 (most - 2) text ++ "…"
let visible text = Regex.replace controls "�" text |> String.replace "\t" " "

let linesOf text = Regex.split lineEnd (Regex.replace $"(?:{lineEnd})$" "" text)

let preview lines =
    let first = List.map (fun line -> shortened 60 (visible line)) (List.truncate 5 lines)
    String.join " ⏎ " first ++ (if List.length lines > 5 then " ⏎ …" else "")

// What cannot be asked about is held back all the same.
let ask title items =
    try
        Ui.modal title items
    with e -> Log.warn $"held back, but it cannot be asked: {e}"

let askForPaste lines hasControls isDangerous =
    let count = List.length lines
    let what = if count = 1 then "a line" else $"{count} lines"
    let title =
        if hasControls then $"Paste {what} with control characters?"
        elif isDangerous then $"Paste {what} with a dangerous command?"
        else $"Paste {what}?"
    ask title [
        { id = "guard.cancel"; label = "No"; description = preview lines }
        { id = "guard.paste"; label = "Paste as it is"; description = "" }
        { id = "guard.one-line"; label = "Paste as one line"; description = "blanks in place of line ends, no control characters" }
    ]

let tellTooLong () =
    try
        Ui.notify "Paste held back" "it is too long to ask about: paste it in parts" "warning"
    with e -> Log.warn $"a paste is too long, but that cannot be said: {e}"

// Of a paste that goes to the program, what an Enter would run.
let remember text =
    isAgreed <- false
    let pieces = Regex.split lineEnd (String.replace "\t" " " text)
    typed <- withKeys (if List.length pieces > 1 then "" else typed) (endOf mostTyped (List.last pieces))

let on_paste text =
    if not askPaste then
        remember text
        Continue
    else
        let lines = linesOf text
        let hasControls = Regex.isMatch controls text
        let runs = Regex.isMatch lineEnd text // a line end runs what stands before it
        let isDangerous = askDangerous && runs && isDangerousLine (typed ++ String.replace "\\\n" " " (String.join "\n" lines))
        if List.length lines <= pasteLines && not hasControls && not isDangerous then
            remember text
            Continue
        elif String.length text > mostKept then
            tellTooLong ()
            Drop
        else
            paste <- text
            isPasteDangerous <- isDangerous
            askForPaste lines hasControls isDangerous
            Drop

// The line under the cursor, with those above that it goes on from.
let commandLine () =
    let columns = Term.columns ()
    let lineAt row = Option.defaultValue "" (Term.line row)
    let rec above row text left =
        let line = if row >= 0 && left > 0 then lineAt row else ""
        if line <> "" && String.length line >= columns then above (row - 1) (line ++ text) (left - 1) else text
    let row = (Term.cursor ()).row
    above (row - 1) (lineAt row) 10

let mutable isBlind = false // it may not look at the screen

let shownLine () =
    if isBlind then ""
    else
        try
            commandLine ()
        with e ->
            isBlind <- true
            Log.warn $"commands cannot be looked at: {e}"
            ""

// The lines that the input would run, as far as they are known: the first is on the screen, or was typed, or partly both.
let linesRun pieces wasAgreed =
    let first = List.head pieces
    let others = List.map (withKeys "") (List.truncate (List.length pieces - 2) (List.tail pieces))
    if wasAgreed && first = "" then others else withKeys (shownLine ()) first :: withKeys typed first :: others

// Of a long input the lines are looked at as they came: going through its keys would take too long.
let dangerousLine bytes wasAgreed =
    let pieces = Regex.split "[\\r\\n]" bytes
    if String.length bytes <= mostTyped then List.tryFind isDangerousLine (linesRun pieces wasAgreed)
    else
        let first = List.head pieces
        let lines = List.map (endOf mostTyped) (shownLine () ++ first :: typed ++ first :: List.tail pieces)
        if isDangerousLine (String.join "\n" lines) then Some (Option.defaultValue first (List.tryFind isDangerousLine lines)) else None

// Of the input, what stands behind its last Enter.
let lastPiece bytes = endOf mostTyped (List.last (Regex.split "[\\r\\n]" bytes))

let on_input bytes =
    let wasAgreed = isAgreed
    isAgreed <- wasAgreed && Regex.isMatch report bytes
    if not askDangerous then Continue
    elif not (Regex.isMatch "[\\r\\n]" bytes) then
        typed <- withKeys typed (endOf mostTyped bytes)
        Continue
    else
        match dangerousLine bytes wasAgreed with
        | None ->
            typed <- withKeys "" (lastPiece bytes)
            Continue
        | Some line ->
            input <- bytes
            ask "Run it?" [
                { id = "guard.cancel"; label = "No"; description = shortened 200 (visible (String.trim (String.replace gap "" line))) }
                { id = "guard.run"; label = "Run it"; description = "" }
            ]
            Drop

// ---- The answer ----

// A piece at a time: how much may be sent in a second is limited.
let sendPiece () =
    let piece = String.slice 0 (pieceSize - 1) queue
    queue <- if String.length queue > pieceSize then String.slice pieceSize (-1) queue else ""
    Term.send piece
    if queue <> "" then Timer.after "guard.send" 150

let send text =
    let isSending = queue <> ""
    queue <- queue ++ text
    if queue <> "" && not isSending then sendPiece ()

let on_tick name =
    if name = "guard.send" && queue <> "" then sendPiece ()

let forget () =
    paste <- ""
    input <- ""

// What is pasted as it is was agreed to, with what would run: nobody is asked about it a second time.
let pasteHeld held =
    if isPasteDangerous then
        typed <- ""
        isAgreed <- true
    else remember held
    send held

let pasteOneLine held =
    let line = Regex.replace controls "" (String.join " " (linesOf held))
    remember line
    send line

let run keys =
    isAgreed <- false
    typed <- withKeys "" (lastPiece keys)
    send keys

let on_remote_command id =
    let (held, keys) = (paste, input)
    forget ()
    match id with
    | "guard.paste" when held <> "" -> pasteHeld held
    | "guard.one-line" when held <> "" -> pasteOneLine held
    | "guard.run" when keys <> "" -> run keys
    | _ -> ()

let on_unload () =
    forget ()
    typed <- ""
