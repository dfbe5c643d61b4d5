// redact: secrets in the output are shown as stars: to clients, on the screen, in the scrollback, in recordings.
//
// @version: 1.0.0
// @description: Hides keys, tokens, passwords and private keys in the output, one star for each character.
// @license: MIT
// @hooks: ["on_load", "on_reload", "on_output", "on_post_command", "on_remote_command"]
// @priority: 1000
// @eager: true
// @fail-closed: true
// @time: 1s
// @memory: 64MiB
// @max-failures: 0
// @capabilities: ["ui"]
// @config: keep_prefix: bool = true -- whether the beginning that tells what kind of key it is (ghp_, AKIA) is left
// @config: patterns: texts = [] -- regular expressions of your own (PCRE2); what they match is hidden
// @config: words: texts = [] -- texts that are hidden wherever they stand, such as a password

// There is no `match`: words and patterns come from the configuration, and inside of a private key every line counts. One expression,
// `suspicious`, is asked first in its place.

let keepPrefix = Plugin.config "keep_prefix"

// ---- How things are hidden ----
//
// A star for each character, so that columns stay where they are. Regex.replace does that one character at a time: the first match is
// found by its beginning, each further one stands right behind the last (\G). What a secret's beginning shows does not depend on what
// follows, so that one that arrives byte by byte is hidden from its first byte on. Where a beginning is an ordinary word too (sk-,
// npm_), it counts as long as nothing stands behind it, and later by its length.

let stars text = String.repeat (String.length text) "*"

// Behind `start`, all characters of the class.
let behind start one = $"(?:\\G(?!^)|{start}\\K){one}"

// With `start` itself, unless it is to be kept.
let key start one =
    if keepPrefix then behind start one else $"(?:\\G(?!^)|(?={start}{one})){one}"

// All that is matched, whatever it is.
let whole pattern line =
    match Regex.findAll pattern line with
    | [] -> line
    | found ->
        let between = Regex.split pattern line
        List.head between ++ String.concat (List.map2 (fun hidden rest -> stars hidden ++ rest) found (List.tail between))

// ---- What is hidden ----

let word = "[A-Za-z0-9_-]"
let alone = "(?<![A-Za-z0-9])" // no letter or digit before it
let long n one = $"(?={one}*$|{one}{{{n}}})" // at the end of the line, or so long

let plain = [
    "AKIA"
    "ASIA" ++ long 12 "[A-Z0-9]"
    "AIza"
    "gh[pousr]_"
    "github_pat_"
    "gl(?:pat|dt|rt|ptt|cbt|soat|oas)-"
    "xox[abeoprs]-"
    "xapp-"
    "do[opr]_v1_"
    "dckr_pat_"
    "[rs]k_(?:live|test)_"
    "whsec_"
    "GOCSPX-"
    "pypi-AgE"
    "shp(?:at|ca|pa|ss)_"
    "lin_api_"
    "AGE-SECRET-KEY-1"
    "(?:npm|hf)_" ++ long 20 "[A-Za-z0-9]"
    $"sk-(?={word}*$|[A-Za-z_-]*[0-9]{word}{{6}}|{word}{{20}})"
]
let dotted = ["eyJ"; "ya29\\."; "SG\\." ++ long 16 word; "hvs\\." ++ long 16 word]

let oneOf items = $"{alone}(?:{String.join "|" items})"
let plainKeys = key (oneOf plain) word
let dottedKeys = key (oneOf dotted) "[A-Za-z0-9_.-]"

// https://user:password@host. Digits behind a colon are a port until something else comes.
let address =
    behind
        "(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+://[^\\s/@:?#\\[]*:(?=[^\\s/@]*@|[0-9]*[A-Za-z!$%^&*_+~=-]|[0-9]{6})"
        "(?:[^\\s/@]|@(?=[^\\s/@]*@))"

let credentials =
    behind
        "(?i:authorization[\"']?\\s*[:=]\\s*[\"']?(?:basic|bearer|token|digest|negotiate|apikey)\\s+|(?<![a-z])(?-i:[Bb]earer)\\s+(?=\\S*$|\\S{8}))"
        "[^\\s\"']"

let names = "(?i:passw(?:or)?d|passphrase|secret(?:[_-]?(?:access[_-]?)?key(?:_base)?)?|token|api[_-]?key)"
let assigned = names ++ "\\\\*[\"']?\\s*(?:=>|:=|[:=](?![:=~>]))\\s*"
let inQuotes = behind (assigned ++ "\"") "(?:[^\"]|(?<=\\\\)\")"
let inApostrophes = behind (assigned ++ "'") "[^']"
let inEscapedQuotes = behind (assigned ++ "\\\\+\"") "[^\"\\\\]"
let bare = behind (assigned ++ "(?!\\\\*\"|\\\\+$)") "(?:[^\\s\"'&,;]|[&,;](?!\\s|[\\w.-]+=))"

let builtIn = [plainKeys; dottedKeys; address; credentials; inQuotes; inApostrophes; inEscapedQuotes; bare]

// ---- The user's own ----

let usable pattern =
    try
        ignore (Regex.isMatch pattern "")
        pattern <> ""
    with e ->
        Log.error $"the pattern {pattern} is left out: {e}"
        false

let patterns = List.filter usable (List.ofArray (Plugin.config "patterns"))

// The beginning of a word counts at the end of a line, when it has four characters or more.
let rec endings characters =
    match characters with
    | [] -> ""
    | first :: rest -> $"(?:{Regex.escape first}{endings rest})?"

let wordPattern text =
    let length = String.length text
    if length <= 4 || length > 200 then Regex.escape text
    else
        let beginning = Regex.escape (String.slice 0 3 text)
        let rest = String.chars (String.slice 4 (length - 2) text)
        $"{Regex.escape text}|{beginning}{endings rest}$"

let words = List.filter (fun text -> text <> "") (List.ofArray (Plugin.config "words"))
let wordPatterns = if List.isEmpty words then [] else [String.join "|" (List.map wordPattern words)]
let own = List.append patterns wordPatterns

// ---- Private keys, over several lines ----

let keyBegin = "-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
let keyOpen = keyBegin ++ "(?!.*-----END )"
let keyEnd = "-----END [A-Z0-9 ]*PRIVATE KEY"
let inOneLine = $"(?:\\G(?!^)|{keyBegin}\\K)(?!\\s*-----END)(\\s*)\\S" // by "$1*"
let beforeEnd = "[A-Za-z0-9+/=]+(?=" ++ keyEnd ++ ")"
let keyLine = "^[^A-Za-z0-9+/=]*(?:\\d+[^A-Za-z0-9+/=]+)?[A-Za-z0-9+/=]+[^A-Za-z0-9+/=]*$"
let keyHeader = "^\\W*(?:[A-Za-z-]+: .*)?$"

let mutable inKey = false
let mutable strangers = 0 // lines inside that look like no key: after some of them it was not shown to its end

let privateKey line =
    if Regex.isMatch keyBegin line then
        inKey <- Regex.isMatch keyOpen line
        strangers <- 0
        Regex.replace inOneLine "$1*" line
    elif Regex.isMatch keyEnd line then
        inKey <- false
        whole beforeEnd line
    elif not inKey then
        line
    elif Regex.isMatch keyLine line then
        Regex.replace "[A-Za-z0-9+/=]" "*" line
    else
        if not (Regex.isMatch keyHeader line) then strangers <- strangers + 1
        if strangers > 8 then inKey <- false
        line

// ---- A line ----

let suspicious =
    let common = [
        oneOf (List.append plain dotted)
        "-----(?:BEGIN|END) "
        "(?i:passw|passphrase|secret|token|api[_-]?key|bearer\\s|authorization)"
        "://[^\\s/@:]*:"
    ]
    String.join "|" (List.append common (List.map (fun pattern -> $"(?:{pattern})") own))

let hide line =
    let clear = privateKey line
    let masked = List.fold (fun text pattern -> Regex.replace pattern "*" text) clear builtIn
    List.fold (fun text pattern -> whole pattern text) masked own

let mutable paused = false
let mutable count = 0
let mutable last = "" // as it was shown: the same line comes again when it has grown

let showStatus () =
    let text = if paused then "secrets are shown" elif count > 0 then $"{count} masked" else ""
    Ui.status "redact" text 0

let tell hidden =
    if last = "" || not (String.startsWith last hidden) then
        count <- count + 1
        showStatus ()
    last <- hidden

let look line =
    if not (inKey || Regex.isMatch suspicious line) then Continue
    else
        let hidden = hide line
        if hidden = line then Continue
        else
            tell hidden
            Modify hidden

// A line that could not be looked at, such as one on which a pattern of the user gives up, is not shown.
let on_output line =
    if paused then Continue
    else
        try
            look line
        with e ->
            Log.warn $"a line is hidden as a whole: {e}"
            Modify (stars line)

// What a command left open ends with it.
let on_post_command text directory exit_code milliseconds =
    inKey <- false

// ---- Commands ----

let on_load () =
    Ui.command "redact.pause" "redact: show secrets" "Shows what is hidden from now on, until it is hidden again"
    Ui.command "redact.resume" "redact: hide secrets" "Hides secrets in the output again"

let on_reload old =
    on_load ()
    paused <- old.paused
    inKey <- old.inKey
    count <- old.count
    showStatus ()

let pause value =
    paused <- value
    inKey <- false
    Log.warn (if value then "paused: secrets are shown" else "resumed: secrets are hidden")
    showStatus ()

let on_remote_command id =
    match id with
    | "redact.pause" ->
        Ui.modal "Show secrets in the clear?" [
            { id = "redact.keep"; label = "No, keep them hidden"; description = "" }
            { id = "redact.show"; label = "Yes, show them"; description = "to all clients, in scrollback and recordings, until they are hidden again" }
        ]
    | "redact.show" -> pause true
    | "redact.resume" -> pause false
    | _ -> ()
