// triggers: what is to happen when a text comes by: highlight it, notify, mark, or send input.
//
// @version: 1.0.0
// @description: Highlights, notifies, marks or sends input when a pattern is in the output.
// @license: MIT
// @hooks: ["on_load", "on_output", "on_remote_command", "on_reload"]
// @priority: 100
// @capabilities: ["ui", "send"]
// @config: rules: texts = [] -- each "PATTERN => highlight COLOUR", "=> notify TEXT", "=> mark" or "=> send TEXT"
// @config: quiet_seconds: int = 10 -- how long a rule that notified does not notify again

// There is no `match`: the patterns come from the configuration. One expression of all patterns is asked first.

let escape = char 27
let colours = ["black"; "red"; "green"; "yellow"; "blue"; "magenta"; "cyan"; "white"]
let styles = Map.ofList [("bold", (1, 22)); ("dim", (2, 22)); ("italic", (3, 23)); ("underline", (4, 24)); ("reverse", (7, 27))]

// What begins and what ends it, or None: "red", "bright-red", "on-red", "bold".
let style name =
    let numbered prefix first after =
        if not (String.startsWith prefix name) then None
        else
            let colour = String.slice (String.length prefix) (-1) name
            Option.map (fun at -> (first + at, after)) (List.tryFindIndex (fun known -> known = colour) colours)
    let found =
        Map.tryFind name styles
        |> Option.orElse (numbered "bright-" 90 39)
        |> Option.orElse (numbered "on-" 40 49)
        |> Option.orElse (numbered "" 30 39)
    Option.map (fun (first, after) -> ($"{escape}[{first}m", $"{escape}[{after}m")) found

let unescaped text = text |> String.replace "\\r" "\r" |> String.replace "\\n" "\n" |> String.replace "\\t" "\t"

let leftOut rule why =
    Log.error $"the rule `{rule}` is left out: {why}"
    None

let isPattern text =
    try
        ignore (Regex.isMatch text "")
        true
    with e -> false

let made pattern action argument start after =
    Some { pattern = pattern; action = action; argument = argument; start = start; after = after }

let parse rule =
    match Regex.groups "^(.+?)\\s*=>\\s*(\\w+)(?: (.*))?$" rule with
    | Some [_; pattern; action; argument] ->
        if not (isPattern pattern) then leftOut rule "its pattern is no regular expression"
        else
            match action with
            | "highlight" ->
                match style (String.trim argument) with
                | Some (start, after) -> made pattern action argument start after
                | None -> leftOut rule $"there is no colour `{argument}`"
            | "notify" | "mark" -> made pattern action argument "" ""
            | "send" when argument <> "" -> made pattern action (unescaped argument) "" ""
            | _ -> leftOut rule "the action is highlight COLOUR, notify TEXT, mark or send TEXT"
    | _ -> leftOut rule "it has no `=> ACTION`"

let rules = Array.ofList (List.choose parse (List.ofArray (Plugin.config "rules")))
let any = String.join "|" (List.map (fun rule -> $"(?:{rule.pattern})") (List.ofArray rules))
let quiet = 1000 * Plugin.config "quiet_seconds"
let due = Array.create (Array.length rules) 0 // when a rule may act again
let mutable marks = 0

// True at most once in so many milliseconds.
let isDue number pause =
    let now = Time.now ()
    let good = now >= due.[number]
    if good then Array.set number (now + pause) due
    good

// ---- Highlights ----
//
// Rules must not see what other rules put in: first private characters mark the places, then sequences take their place. Where one
// highlight stands within another, the outer one goes on behind it.

let firstStart = 0xF0000
let firstEnd = 0xF8000
let anyMark = "[\\x{F0000}-\\x{FFFFD}]"

let sequence (text, opened) mark =
    let number = String.code mark
    if number < firstEnd then
        let rule = rules.[number - firstStart]
        (text ++ rule.start, rule :: opened)
    else
        let rule = rules.[number - firstEnd]
        let others = List.filter (fun other -> other <> rule) opened
        (text ++ rule.after ++ String.concat (List.map (fun other -> other.start) (List.rev others)), others)

let painted marked =
    let between = Regex.split anyMark marked
    let step state mark piece =
        let (text, opened) = sequence state mark
        (text ++ piece, opened)
    fst (List.fold2 step (List.head between, []) (Regex.findAll anyMark marked) (List.tail between))

let highlight line =
    let mutable marked = line
    for number = 0 to Array.length rules - 1 do
        let rule = rules.[number]
        if rule.action = "highlight" then
            marked <- Regex.replace rule.pattern (char (firstStart + number) ++ "$0" ++ char (firstEnd + number)) marked
    if marked = line then line else painted marked

// ---- The rest ----

// $0 is what was matched, $1 its first group.
let filled text groups =
    List.fold (fun (text, number) group -> (String.replace $"${number}" group text, number + 1)) (text, 0) groups |> fst

let notifyOf rule groups line =
    let body = if rule.argument = "" then line else filled rule.argument groups
    Ui.notify "Trigger" body "info"

let showMarks () = Ui.status "triggers" (if marks = 1 then "1 mark" else $"{marks} marks") 0

let markLine line =
    marks <- marks + 1
    showMarks ()
    Log.info $"marked: {line}"

let act number line =
    let rule = rules.[number]
    match Regex.groups rule.pattern line with
    | None -> ()
    | Some groups ->
        match rule.action with
        | "notify" -> if isDue number quiet then notifyOf rule groups line
        | "mark" -> markLine line
        | "send" -> if isDue number 1000 then Term.send rule.argument
        | _ -> ()

let on_output line =
    if any = "" || not (Regex.isMatch any line) then Continue
    else
        for number = 0 to Array.length rules - 1 do
            if rules.[number].action <> "highlight" then
                try
                    act number line
                with e -> Log.warn $"{rules.[number].action}: {e}"
        let shown = highlight line
        if shown = line then Continue else Modify shown

let on_load () =
    Ui.command "triggers.clear" "triggers: clear marks" "Counts marks from 0 again"

let on_reload old =
    on_load ()
    marks <- old.marks
    if marks > 0 then showMarks ()

let on_remote_command id =
    if id = "triggers.clear" then
        marks <- 0
        Ui.clear_status "triggers"
